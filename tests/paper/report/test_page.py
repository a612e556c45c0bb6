"""The report: one folder that holds all it shows, every picture with an alt text, every claim with its number."""

import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from PIL import Image

from dynnet.errors import DynnetError
from dynnet.paper.locations import PROJECT
from dynnet.paper.report.notebooks import run_notebook
from dynnet.paper.report.page import NO_WIDGET, WIDGET, alt_text, export_notebook, figures_of, files_of, write_report
from tests.paper.report.records import write_record

IMAGE = '<img alt="{}" src="data:image/png;base64,iVBORw0KGgo=">'


def write_notebook(path: Path, *outputs: dict[str, str], metadata: dict | None = None) -> Path:
    shown = [nbformat.v4.new_output("display_data", data) for data in outputs]
    cells = [
        nbformat.v4.new_markdown_cell("# A page with $x^2$"),
        nbformat.v4.new_code_cell("print()", outputs=shown),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path.parent.mkdir(exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel} | (metadata or {})), path)
    return path


class Place:
    """A project of its own: figures/, notebooks/ and build/, with one figure made."""

    def __init__(self, folder: Path) -> None:
        self.figures, self.notebooks, self.build = (folder / name for name in ("figures", "notebooks", "build"))
        self.figures.mkdir()
        self.add("fig9")
        write_notebook(self.notebooks / "fig9_walk.ipynb")

    def add(self, figure: str, **changes: object) -> None:
        Image.new("RGB", (4, 3)).save(self.figures / f"{figure}.png")
        (self.figures / f"{figure}.csv").write_text("a\n1\n")
        write_record(self.figures, figure, **changes)

    def report(self, **failures: str) -> BeautifulSoup:
        page = write_report(self.figures, self.notebooks, self.build, failures)
        assert page == self.build / "index.html"
        return BeautifulSoup(page.read_text("utf-8"), "html.parser")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def links(page: BeautifulSoup) -> list[str]:
    found = [tag.get("href") or tag.get("src") for tag in page.find_all(["a", "img", "link", "script"])]
    return [link for link in found if not link.startswith("#")]


def test_what_a_notebook_leaves() -> None:
    assert files_of(Path("fig3_objective_space.ipynb")) == ("fig3.png", "fig3.csv", "fig3.json")
    assert figures_of(Path("notebooks/fig10_x.ipynb")) == ["fig10"]
    assert figures_of(Path("00_quickstart.ipynb")) == ["fig1", "fig2"]
    assert figures_of(Path("09_your_own.ipynb")) == []


def test_a_figure_is_shown_with_its_claims_their_numbers_and_reasons(place: Place) -> None:
    section = place.report().find("section", id="fig9")
    rows = [[cell.get_text(" ", strip=True) for cell in row.find_all("td")] for row in section.tbody.find_all("tr")]
    assert rows == [
        ["first", "4.1", "0.123", "at most 0.2", "scaled down"],
        ["a | b small", "4.1", "3", "at least 4", "not"],
    ]
    caption = " ".join(section.figcaption.get_text().split())
    assert caption.startswith("Figure 9. Profile cpu; measured on noise (4); 1.5 minutes; checkpoints ")
    assert caption.endswith("; 2026-02-03. 1 of 2 claims hold.")


def test_the_folder_can_be_moved(place: Place, tmp_path: Path) -> None:
    shutil.copytree(place.notebooks, place.build)
    page = place.report()
    moved = shutil.move(place.build, tmp_path / "elsewhere")
    shutil.rmtree(place.figures)
    found = links(page)
    assert {"figures/fig9.png", "figures/fig9.csv", "figures/fig9.json", "fig9_walk.html"} <= set(found)
    assert all((Path(moved) / link).is_file() for link in found)  # so none is absolute, or of another site


def test_the_alt_text_is_the_notebooks_own(place: Place) -> None:
    other, own = IMAGE.format("Figure 90: not this"), IMAGE.format("Figure 9: a &quot;walk&quot; &amp;\nmore")
    write_notebook(place.build / "fig9_walk.ipynb", {"text/html": other}, {"text/html": own})
    assert place.report().section.img["alt"] == 'Figure 9: a "walk" & more'


def test_without_an_alt_text_the_title_stands_in(place: Place) -> None:
    place.add("fig3")
    write_notebook(place.notebooks / "fig3_a.ipynb")
    alts = [image["alt"] for image in place.report().find_all("img")]
    assert alts == ["Figure 3: Style against content", "Figure 9"]  # the recipe's title, where there is a recipe


def test_text_of_records_and_failures_is_no_markup(place: Place) -> None:
    claim = {"id": "a", "claim": "<b>x</b> & y", "where": "4.1", "value": 1, "band": [0, None], "holds": True}
    place.add("fig9", claims=[claim])
    page = place.report(fig9_walk="<script>1</script>")
    assert page.script is None and page.b is None
    assert page.tbody.td.get_text() == "<b>x</b> & y"


def test_figures_in_their_order_drawings_and_notebooks_without_a_figure(place: Place) -> None:
    for name in ("fig10_b", "00_quickstart", "09_your_own"):
        write_notebook(place.notebooks / f"{name}.ipynb")
    for figure in ("fig1", "fig10"):
        place.add(figure)
    Image.new("RGB", (4, 3)).save(place.figures / "fig2.png")  # a drawing has no numbers
    page = place.report()
    assert [section["id"] for section in page.find_all("section")] == ["fig1", "fig2", "fig9", "fig10", "others"]
    assert page.find("section", id="fig2").table is None and page.find("section", id="fig2").img
    assert "09_your_own" in page.find("section", id="others").get_text()
    assert "3 of 6 claims hold" in page.header.get_text()


def test_a_failure_and_a_missing_picture_are_said(place: Place) -> None:
    write_notebook(place.notebooks / "fig10_b.ipynb")
    page = place.report(fig9_walk="ZeroDivisionError")
    assert "did not make it again: ZeroDivisionError" in page.find("section", id="fig9").get_text()
    assert "There is no picture yet" in page.find("section", id="fig10").get_text()


def test_the_page_has_a_language_and_scrolls_wide_tables(place: Place) -> None:
    page = place.report()
    assert page.html["lang"] == "en" and page.title.get_text()
    assert all(
        table.parent["class"] == ["wide"] and table.parent["tabindex"] == "0" for table in page.find_all("table")
    )
    style = page.style.get_text()
    assert "overflow-x: auto" in style and "prefers-color-scheme: dark" in style


def test_an_exported_notebook_holds_its_pictures_and_asks_no_site_but_for_formulas(tmp_path: Path) -> None:
    widget = {WIDGET: json.dumps({"model_id": "1"}), "text/plain": "VBox(children=1)"}
    state = {"widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}}}}
    html = {"text/html": IMAGE.format("Figure 9: it")}
    html = export_notebook(write_notebook(tmp_path / "fig9_walk.ipynb", html, widget, metadata=state)).read_text(
        "utf-8"
    )
    assert 'alt="Figure 9: it"' in html and "<title>fig9_walk</title>" in html
    assert "Here are sliders" in html and "Here are sliders" in NO_WIDGET and "VBox" not in html
    scripts = re.findall(r'<script[^>]*src="([^"]*)"', html)
    assert len(scripts) == 1 and "mathjax" in scripts[0]
    assert not re.findall(r'<(?:img|link)[^>]*(?:src|href)="(?!data:)', html)


def test_a_notebook_that_ran_is_reported(place: Place) -> None:
    code = f"from IPython.display import HTML\nHTML({IMAGE.format('Figure 9: it ran')!r})"
    notebook = write_notebook(place.notebooks / "fig9_walk.ipynb")
    content = nbformat.read(notebook, as_version=4)
    content.cells[1] = nbformat.v4.new_code_cell(code, metadata={"tags": ["parameters"]})
    nbformat.write(content, notebook)
    executed = run_notebook(notebook, {}, place.build)
    assert alt_text("fig9", executed) == "Figure 9: it ran"
    assert place.report().section.img["alt"] == "Figure 9: it ran"


def test_damage_is_named(place: Place) -> None:
    place.build.mkdir()
    (place.build / "fig9_walk.ipynb").write_text("{")
    with pytest.raises(DynnetError, match=r"fig9_walk\.ipynb: expected an executed notebook"):
        place.report()
    (place.build / "fig9_walk.ipynb").unlink()
    (place.figures / "fig9.json").write_text("{}")
    with pytest.raises(DynnetError, match=r"fig9\.json: expected the record"):
        place.report()


def test_a_folder_that_cannot_be_written(place: Place) -> None:
    place.build.touch()
    with pytest.raises(DynnetError, match="cannot write"):
        place.report()


@pytest.mark.parametrize(("name", "runner"), [("cpu", "ubuntu-latest"), ("gpu", ["self-hosted", "gpu"])])
def test_workflows_run_targets_that_the_makefile_has(name: str, runner: object) -> None:
    workflow = yaml.safe_load((PROJECT / ".github" / "workflows" / f"{name}.yml").read_text())
    (job,) = workflow["jobs"].values()
    assert job["runs-on"] == runner and workflow["permissions"] == {"contents": "read"}
    commands = " ".join(step.get("run", "") for step in job["steps"])
    wanted = re.findall(r"make \"?([a-z]+)", commands)
    there = re.findall(r"^([a-z]+)(?:-%)?:", (PROJECT / "Makefile").read_text(), re.MULTILINE)
    assert wanted and set(wanted) <= set(there)
