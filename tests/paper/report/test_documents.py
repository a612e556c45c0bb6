"""Generated parts of documents: filled in where they stand, and nothing else is touched."""

from pathlib import Path

import pytest

from dynnet.errors import DynnetError
from dynnet.paper.report.documents import generated, without_generated, write_generated

TABLE = "| a |\n| --- |"
PARTS = {"width": "16", "all claims": TABLE}


def test_parts_are_made_anew_and_the_rest_stays() -> None:
    text = "Width <!--= width -->32<!--/-->, not 8.\n<!--= all claims -->\nold\n<!--/-->\nafter\n"
    made = generated(text, PARTS.__getitem__)
    assert made == f"Width <!--= width -->16<!--/-->, not 8.\n<!--= all claims -->\n{TABLE}\n<!--/-->\nafter\n"
    assert generated(made, PARTS.__getitem__) == made


def test_what_was_written_by_hand_is_what_is_left() -> None:
    assert without_generated("a <!--= width -->16<!--/--> b <!--= all claims -->\n1.5\n<!--/-->\n") == "a  b \n"


@pytest.mark.parametrize(
    "text",
    [
        "<!--= width -->16",
        "16<!--/-->",
        "<!--= width --><!--= width -->16<!--/-->",
        "<!--= width -->16<!--/--> <!--/-->",
    ],
)
def test_a_part_that_does_not_end_where_it_should(text: str, tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text(text)
    with pytest.raises(DynnetError, match=r"page\.md: expected every <!--= NAME --> to be closed"):
        write_generated(tmp_path / "page.md", PARTS.__getitem__)
    assert (tmp_path / "page.md").read_text() == text


def test_a_file_is_written_when_it_changes(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("α <!--= width -->8<!--/-->", encoding="utf-8")
    assert write_generated(page, PARTS.__getitem__)
    assert page.read_text("utf-8") == "α <!--= width -->16<!--/-->"
    before = page.stat().st_mtime_ns
    assert not write_generated(page, PARTS.__getitem__) and page.stat().st_mtime_ns == before
