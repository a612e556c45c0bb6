"""The report: one folder that holds all it shows, every picture with an alt text, every claim with its number."""

import re
import shutil
from pathlib import Path
from xml.etree.ElementTree import Element, fromstring

import nbformat
import pytest
import yaml
from PIL import Image

from dynnet.errors import DynnetError
from dynnet.paper.locations import PROJECT
from dynnet.paper.report.page import write_report
from tests.paper.report.records import CLAIMS, entry, write_notebook, write_record

HEADING = nbformat.v4.new_markdown_cell("# A page")
LINKS = nbformat.v4.new_markdown_cell("[itself](fig9_walk.ipynb#idea), [the other](fig10_b.ipynb)")


def text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


class Place:
    """A project of its own: figures/, notebooks/ and build/, with one figure made."""

    def __init__(self, folder: Path) -> None:
        self.figures, self.notebooks, self.build = (folder / name for name in ("figures", "notebooks", "build"))
        self.figures.mkdir()
        self.add("fig9", "fig9_walk")

    def add(self, figure: str, notebook: str, **changes: object) -> None:
        """A notebook and the figure that it made."""
        write_notebook(self.notebooks / f"{notebook}.ipynb", HEADING, figures=entry(figure))
        Image.new("RGB", (4, 3)).save(self.figures / f"{figure}.png")
        (self.figures / f"{figure}.csv").write_text("a\n1\n")
        write_record(self.figures, figure, **changes)

    def report(self, **failures: str) -> Element:
        page = write_report(self.figures, self.notebooks, self.build, failures)
        assert page == self.build / "index.html"
        return fromstring(page.read_text("utf-8"))


def section(page: Element, name: str) -> Element:
    return page.find(f".//section[@id='{name}']")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


def links(page: Element) -> list[str]:
    found = [tag.get("href") or tag.get("src") for tag in page.iter() if tag.tag in ("a", "img", "link", "script")]
    return [link for link in found if not link.startswith("#")]


def test_a_figure_is_shown_with_its_claims_their_numbers_and_reasons(place: Place) -> None:
    shown = section(place.report(), "fig9")
    rows = [[text(cell) for cell in row.iter("td")] for row in shown.find(".//tbody").iter("tr")]
    assert rows == [
        ["first", "4.1", "0.123", "at most 0.2", "scaled down"],
        ["a | bsmall", "4.1", "3", "at least 4", "not"],
    ]
    caption = text(shown.find(".//figcaption"))
    assert caption.startswith("Title of fig9. Profile cpu; measured on noise (4); 1.5 minutes; checkpoints ")
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
    assert [image.get("alt") for image in place.report().iter("img")] == ['A "fig9" & more']


def test_text_of_records_notebooks_and_failures_is_no_markup(place: Place) -> None:
    place.add("fig9", "fig9_walk", claims=[{**CLAIMS[0], "text": "<b>x</b> & y"}])
    told = entry("fig9", title="<i>t</i>", alt='"><script>2</script>')
    write_notebook(place.notebooks / "fig9_walk.ipynb", figures=told)
    page = place.report(fig9_walk="<script>1</script>")
    assert not [tag for name in ("script", "b", "i") for tag in page.iter(name)]
    assert text(page.find(".//tbody/tr/td")) == "<b>x</b> & y" and text(page.find(".//h2")) == "<i>t</i>"


def test_figures_of_any_name_in_their_order_drawings_and_notebooks_without_a_figure(place: Place) -> None:
    write_notebook(place.notebooks / "00_start.ipynb", figures=entry("fig1") | entry("fig2", "png", "svg"))
    write_notebook(place.notebooks / "09_your_own.ipynb")
    place.add("10_other_ways", "10_other_ways")
    place.add("fig10", "fig10_b")
    for name in ("fig1.png", "fig2.png"):  # fig1 was not measured yet; fig2 is a drawing, which has no numbers
        Image.new("RGB", (4, 3)).save(place.figures / name)
    page = place.report()
    shown = [element.get("id") for element in page.iter("section")]
    assert shown == ["fig1", "fig2", "fig9", "fig10", "10_other_ways", "others"]
    assert section(page, "fig2").find(".//table") is None and section(page, "fig2").find(".//img") is not None
    assert "09_your_own" in text(section(page, "others"))
    assert "3 of 6 claims hold" in text(page.find(".//header"))


def test_a_failure_and_a_missing_picture_are_said(place: Place) -> None:
    write_notebook(place.notebooks / "fig10_b.ipynb", figures=entry("fig10"))
    page = place.report(fig9_walk="ZeroDivisionError")
    assert "did not make it again: ZeroDivisionError" in text(section(page, "fig9"))
    assert "There is no picture yet" in text(section(page, "fig10"))


def test_the_page_has_a_language_and_scrolls_wide_tables(place: Place) -> None:
    page = place.report()
    assert page.get("lang") == "en" and text(page.find(".//title"))
    wide = page.findall(".//div[@class='wide']")
    assert [div.find("table") is not None and div.get("tabindex") for div in wide] == ["0"]
    style = text(page.find(".//style"))
    assert "overflow-x: auto" in style and "prefers-color-scheme: dark" in style


def test_pages_of_notebooks_that_ran_lead_to_each_other_and_back(place: Place) -> None:
    place.add("fig10", "fig10_b")
    write_notebook(place.notebooks / "fig9_walk.ipynb", LINKS, figures=entry("fig9"))
    shutil.copytree(place.notebooks, place.build)
    (place.build / "fig10_b.ipynb").unlink()  # did not run
    place.report()
    html = (place.build / "fig9_walk.html").read_text("utf-8")
    assert re.findall(r'href="([^"]+)"', html) == ["data:,", "index.html", "fig9_walk.html#idea"]
    assert "the other" in html and not (place.build / "fig10_b.html").exists()


def test_no_notebooks_are_an_error(place: Place) -> None:
    shutil.rmtree(place.notebooks)
    with pytest.raises(DynnetError, match="expected notebooks in"):
        place.report()
    assert not place.build.exists()


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
