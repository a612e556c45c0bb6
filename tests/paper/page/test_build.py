"""The page's text, without a network in it."""

import base64
import hashlib
import re
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dynnet.errors import DynnetError
from dynnet.paper.page import build
from dynnet.paper.page.part import Part

STRIPS = {f"fig{number}": ("data:,", 'a "walk" & more') for number in (3, 4, 5, 6, 7, 8)}
SCRIPTS = {"page": build._PAGE, "worker": build._WORKER}


@pytest.fixture(scope="module")
def text() -> str:
    return build.page([Part({}, strips=STRIPS)], {"script": b"script", "wasm": b"wasm"}).decode("utf-16")


def test_the_policy_names_the_page_s_own_script_and_style_and_no_address(text: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
    for name, kind in (("script", 'script type="module"'), ("style", "style")):
        content = re.search(f"<{kind}>(.*?)</{name}>", text, re.DOTALL)[1]
        assert f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'" in policy
    assert "default-src 'none'" in policy and "connect-src 'none'" in policy
    assert "http" not in policy and "unsafe-inline" not in policy and "'unsafe-eval'" not in policy


def test_it_is_utf16_with_a_mark() -> None:
    assert build.page([Part({}, strips=STRIPS)], {})[:2] in (b"\xff\xfe", b"\xfe\xff")


class _Pictures(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.alts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            self.alts.append(dict(attrs)["alt"] or "")


def test_every_section_has_a_strip_with_its_alt_text(text: str) -> None:
    found = _Pictures()
    found.feed(text)
    assert found.alts == ['a "walk" & more'] * len(STRIPS)


def test_it_leads_to_the_notebooks_that_ran_and_without_any_it_does_not_speak_of_them(text: str) -> None:
    assert 'id="notebooks"' not in text and "{{" not in text
    page = build.page([Part({}, strips=STRIPS)], {}, {"notebooks/a.html": "A <b>"}).decode("utf-16")
    assert '<li><a href="notebooks/a.html">A &lt;b&gt;</a></li>' in page


def test_a_figure_that_no_application_gives_is_told() -> None:
    with pytest.raises(DynnetError, match="strip fig8, which no application gives"):
        build.page([Part({}, strips={name: strip for name, strip in STRIPS.items() if name != "fig8"})], {})


@pytest.mark.parametrize("name", SCRIPTS)
def test_modules_become_one_script(name: str, tmp_path: Path) -> None:
    script = build.script(SCRIPTS[name])
    assert not re.search(r"^(import|export) ", script, re.MULTILINE)
    if shutil.which("node"):
        path = tmp_path / "script.mjs"
        path.write_text(script)
        subprocess.run(["node", "--check", str(path)], check=True)


def test_every_module_is_used() -> None:
    assert {path.name for path in build.WEB.glob("*.js")} == {*build._PAGE, *build._WORKER}
