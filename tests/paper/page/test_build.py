"""The page's text, without a network in it."""

import base64
import hashlib
import json
import re
import shutil
import subprocess
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from dynnet.errors import DynnetError
from dynnet.paper.page import build
from dynnet.paper.page.chart import Chart, Curve
from dynnet.paper.page.part import Part

FIGURES = [f"fig{number}" for number in (3, 4, 5, 6, 7, 8)]
CHART = Chart("what it shows", "x & y", "y", [Curve("<curve>", [(0.0, 1.0, 2.0), (1.0, 2.0, 1.0)])], own="mine")
PART = Part(
    {},
    {"pairs": {"a_b": ("a", "b")}},
    {"photos": {'a "photo"': b"jpeg"}, "faces": {"a face": b"jpeg"}},
    {figure: [CHART] for figure in FIGURES},
    {figure: ("data:,", 'a "walk" & more') for figure in FIGURES},
)
SCRIPTS = {"page": build._PAGE, "worker": build._WORKER}


@pytest.fixture(scope="module")
def text() -> str:
    return build.page([PART], {"script": b"script", "wasm": b"wasm"}).decode("utf-16")


def test_the_policy_names_the_page_s_own_script_and_style_and_no_address(text: str) -> None:
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)[1]
    for name, kind in (("script", 'script type="module"'), ("style", "style")):
        content = re.search(f"<{kind}>(.*?)</{name}>", text, re.DOTALL)[1]
        assert f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'" in policy
    assert "default-src 'none'" in policy and "connect-src 'none'" in policy
    assert "http" not in policy and "unsafe-inline" not in policy and "'unsafe-eval'" not in policy


def test_it_is_utf16_with_a_mark() -> None:
    assert build.page([PART], {})[:2] in (b"\xff\xfe", b"\xfe\xff")


class _Elements(HTMLParser):
    """Attributes of all elements."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append({"tag": tag, **dict(attrs)})

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for attributes in self.found if attributes["tag"] == tag]


def test_every_section_has_a_strip_with_its_alt_text(text: str) -> None:
    images = _Elements(text).of("img")
    assert [one["alt"] for one in images if one.get("class") == "strip"] == ['a "walk" & more'] * len(FIGURES)
    assert [one["alt"] for one in images if "class" not in one] == ['a "photo"', "a face"]


def test_no_id_is_there_twice_and_every_control_has_its_label(text: str) -> None:
    elements = _Elements(text)
    ids = [one["id"] for one in elements.found if "id" in one]
    assert len(ids) == len(set(ids))
    assert sorted(one["id"] for one in elements.of("input")) == sorted(one["for"] for one in elements.of("label"))


def test_nothing_has_a_style_or_a_script_of_its_own_which_the_policy_forbids(text: str) -> None:
    names = {name for one in _Elements(text).found for name in one}
    assert "style" not in names and not [name for name in names if name.startswith("on")]


def test_charts_are_there_with_their_dots(text: str) -> None:
    elements = _Elements(text)
    assert [one["aria-label"] for one in elements.of("svg")] == ["what it shows"] * len(FIGURES)
    dots = [one for one in elements.of("circle") if "data-follows" in one]
    assert {one["data-follows"] for one in dots} == {"alpha"} and len(dots) == len(FIGURES)
    assert [alpha for alpha, *_ in json.loads(dots[0]["data-places"])] == [0.0, 1.0]
    assert "&lt;curve&gt;" in text and "x &amp; y" in text


def test_it_leads_to_the_notebooks_that_ran_and_without_any_it_does_not_speak_of_them(text: str) -> None:
    assert 'id="notebooks"' not in text and "{{" not in text
    page = build.page([PART], {}, {"notebooks/a.html": "A <b>"}).decode("utf-16")
    assert '<li><a href="notebooks/a.html">A &lt;b&gt;</a></li>' in page


@pytest.mark.parametrize("kind", ["strips", "charts"])
def test_a_figure_that_no_application_gives_is_told(kind: str) -> None:
    known = {name: found for name, found in getattr(PART, kind).items() if name != "fig8"}
    with pytest.raises(DynnetError, match=r"asks for what no application gives: .*fig8"):
        build.page([replace(PART, **{kind: known})], {})


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
