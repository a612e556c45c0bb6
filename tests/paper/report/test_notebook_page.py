"""Executed notebooks as pages: nothing is asked of any site, formulas are set, sliders are flip books."""

import html
import json
import re
from pathlib import Path

import nbformat
import numpy as np
import pytest

from dynnet.errors import DynnetError
from dynnet.paper.report.figures import all_notebooks
from dynnet.paper.report.notebook_page import NO_WIDGET, WIDGET, export_notebook, mathml
from dynnet.paper.report.notebooks import NOTEBOOKS
from dynnet.paper.show.flip_book import FlipBook, Frame
from tests.paper.report.records import code, write_notebook

IMAGE = '<img alt="{}" src="data:image/png;base64,iVBORw0KGgo=">'
STATE = {"widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}}}}
LIVE = {WIDGET: json.dumps({"model_id": "1"}), "text/plain": "VBox(children=1)"}


def text(source: str) -> nbformat.NotebookNode:
    return nbformat.v4.new_markdown_cell(source)


def exported(folder: Path, *cells: nbformat.NotebookNode, **options: object) -> str:
    notebook = write_notebook(folder / "fig9_walk.ipynb", *cells, **STATE)
    export_notebook(notebook, folder / "pages" / "walk.html", **options)
    return (folder / "pages" / "walk.html").read_text("utf-8")


def addresses(page: str) -> list[str]:
    return re.findall(r"""(?:src|href|url)\s*[=(]\s*["'`]?([^"'`)\s>]+)""", page)


def test_it_holds_its_pictures_and_asks_no_site_for_anything(tmp_path: Path) -> None:
    book = FlipBook({"": lambda alpha: Frame({"grey": np.full((8, 8, 3), round(200 * alpha), np.uint8)})})
    shown = code("print()", {"text/html": IMAGE.format("it")}, {"text/html": book.html(3)}, LIVE)
    page = exported(tmp_path, text("# A *page*\n\nwith $x^2$ and $$y$$"), shown)
    assert 'alt="it"' in page and "<title>A page</title>" in page
    assert all(address.startswith("data:") for address in addresses(page)) and len(addresses(page)) > 3
    assert "default-src 'none'" in page and "connect-src" not in page  # the page's own policy forbids the rest
    assert page.count("<math") == 2 and "$x^2$" not in page
    assert 'class="flip-book"' in page and "α = 0.50" in page
    assert "Here are sliders" in page and "Here are sliders" in NO_WIDGET and "VBox" not in page


def test_links_to_pages_that_are_there_work_and_others_are_text(tmp_path: Path) -> None:
    links = "[a](a.ipynb), [b](b.ipynb#part), [c](c.ipynb), [doc](../docs/speed.md), [site](https://a.org/x), [up](#up)"
    page = exported(tmp_path, text(links), beside=["a", "b"], home=("../index.html", "Back"))
    wanted = ["data:,", "../index.html", "a.html", "b.html#part", "https://a.org/x", "#up"]
    assert addresses(page) == wanted
    assert "c, doc" in page and "← Back" in page


@pytest.mark.parametrize("notebook", all_notebooks(NOTEBOOKS), ids=lambda path: path.stem)
def test_every_formula_of_a_notebook_can_be_set(notebook: Path, tmp_path: Path) -> None:
    title = export_notebook(notebook, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text("utf-8")
    assert title != notebook.stem  # each begins with a heading
    assert not re.findall(r"\\[a-z]+", re.sub(r"(?s)<details>.*?</details>", "", page))


def test_mathml_is_the_formula() -> None:
    written = html.unescape(re.sub(r"<[^>]+>", "", mathml(r"z + \alpha\,\psi(z)")))
    assert written == "z+αψ(z)"
    assert 'display="block"' in mathml("x", "block")


@pytest.mark.parametrize(("formula", "said"), [(r"\foo x", r"no \\foo"), (r"\frac{1}{", "cannot be set")])
def test_a_formula_that_cannot_be_set_is_named(formula: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(DynnetError, match=said):
        mathml(formula)
    with pytest.raises(DynnetError, match=rf"fig9_walk\.ipynb: .*{said}"):
        exported(tmp_path, text(f"Here is ${formula}$."))
    assert not (tmp_path / "pages" / "walk.html").exists()
