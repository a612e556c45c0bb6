"""TOML as people's editors leave it."""

from pathlib import Path

import pytest

from dynnet.errors import DynnetError
from dynnet.paper.recipe import load_recipe
from dynnet.paper.toml_file import read_toml
from tests.tiny import TINY

TEXT = TINY.read_text(encoding="utf-8").replace("A tiny recipe", "Ein kleines Öl-Rezept, λ")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_utf8_is_read_with_a_mark_and_without(tmp_path: Path, encoding: str, end: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(TEXT.replace("\n", end).encode(encoding))
    assert read_toml(file)["title"] == "Ein kleines Öl-Rezept, λ"
    assert load_recipe(file).title == "Ein kleines Öl-Rezept, λ"


@pytest.mark.parametrize(
    ("encoding", "said"),
    [
        ("utf-16", "got UTF-16 or bytes of zero; save it as UTF-8"),
        ("utf-16-le", "got UTF-16 or bytes of zero; save it as UTF-8"),
        ("utf-16-be", "got UTF-16 or bytes of zero; save it as UTF-8"),
        ("utf-32", "got UTF-16 or bytes of zero; save it as UTF-8"),
        ("latin-1", "got the byte 0xd6 in line 4, as Latin-1 or another encoding has it; save it as UTF-8"),
        ("cp1252", "got the byte 0xd6 in line 4"),
        ("cp437", "got the byte 0x99 in line 4"),
    ],
)
def test_other_encodings_are_named_in_a_line(tmp_path: Path, encoding: str, said: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_bytes(TEXT.replace(", λ", "").encode(encoding))
    with pytest.raises(DynnetError, match=rf"mine\.toml: expected TOML in UTF-8, {said}") as caught:
        load_recipe(file)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "content",
    [
        "title",
        "a = " + "[" * 5000,
        "a = " + "9" * 5000,
        "a = 2001-99-99",
        "a = 1\na = 2",
        "[a]\n[a]",
        'a = "\n"',
        "\x00",
    ],
)
def test_what_is_no_toml_is_refused_in_a_line(tmp_path: Path, content: str) -> None:
    file = tmp_path / "mine.toml"
    file.write_text(content)
    with pytest.raises(DynnetError, match=r"mine\.toml") as caught:
        read_toml(file)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(DynnetError, match=r"folder\.toml: expected a TOML file, got: .*; check the name"):
        read_toml(tmp_path / "folder.toml")
