"""Executed notebooks beside the page: those that are there, leading to each other and back."""

from pathlib import Path

import nbformat

from dynnet.paper.page.notebooks import executed_notebooks, lay_notebooks
from dynnet.paper.report.notebooks import NOTEBOOKS
from tests.paper.report.records import write_notebook


def test_executed_copies_of_stored_notebooks_are_laid_and_old_pages_go(tmp_path: Path) -> None:
    stored = sorted(path.stem for path in NOTEBOOKS.glob("*.ipynb"))[:2]
    link = nbformat.v4.new_markdown_cell(f"# One\n\n[the other]({stored[1]}.ipynb), [none](none.ipynb)")
    for name in (*stored, "scratch"):
        write_notebook(tmp_path / "build" / f"{name}.ipynb", link)
    page = tmp_path / "page"
    for _ in range(2):
        (page / "notebooks").mkdir(parents=True, exist_ok=True)
        (page / "notebooks" / "gone.html").touch()
        found = lay_notebooks(executed_notebooks(tmp_path / "build"), page)
    assert found == {f"notebooks/{name}.html": "One" for name in stored}
    assert {path.stem for path in (page / "notebooks").iterdir()} == set(stored)
    text = (page / "notebooks" / f"{stored[0]}.html").read_text("utf-8")
    assert 'href="../index.html"' in text and f'href="{stored[1]}.html"' in text and "none.html" not in text


def test_without_executed_notebooks_there_are_no_pages(tmp_path: Path) -> None:
    assert lay_notebooks(executed_notebooks(tmp_path), tmp_path / "page") == {}
