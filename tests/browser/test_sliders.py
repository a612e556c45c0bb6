"""Every notebook in JupyterLab in a browser: all cells run, and every slider changes a picture. `make test-browser`."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import papermill
import pytest

from dynnet.paper.report.notebooks import NOTEBOOKS
from tests.browser import lab

if TYPE_CHECKING:  # an optional extra
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser
ALL = sorted(NOTEBOOKS.glob("*.ipynb"))

# A page like ours, without torch. What its sliders do is known: the first one paints, the second one does not.
SMALL = """
import io
import ipywidgets
from PIL import Image

def painted(red):
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), (red, 0, 0)).save(buffer, "png")
    return buffer.getvalue()

image, squeezed = (ipywidgets.Image(value=painted(0), layout={"width": "64px", "height": h}) for h in ("64px", "32px"))
paints, sends_the_same = ipywidgets.IntSlider(0), ipywidgets.IntSlider(0)
paints.observe(lambda change: setattr(image, "value", painted(change.new)), "value")
sends_the_same.observe(lambda _: image.send_state("value"), "value")
ipywidgets.VBox([paints, sends_the_same, image, squeezed])
"""


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    """A folder for copies: what they write beside it goes with it, and the stored ones stay clean."""
    folder = tmp_path / "notebooks"
    folder.mkdir()
    return folder


@pytest.fixture
def opened(browser: "Browser", notebooks: Path, request: pytest.FixtureRequest) -> Iterator[lab.NotebookPage]:
    """The notebook that the test is about; the last view of it is kept beside the copies, as last.png."""
    copy = notebooks / "small.ipynb"
    if isinstance(request.param, Path):
        copy = notebooks / request.param.name
        papermill.execute_notebook(
            request.param, copy, {"profile": "smoke"}, prepare_only=True, progress_bar=False, kernel_name="python3"
        )
    else:
        nbformat.write(small_notebook(request.param), copy)
    with lab.running_lab(notebooks, notebooks.parent / "jupyter") as address:
        opened = lab.NotebookPage(browser, address(copy.name), copy)
        yield opened
        opened.page.screenshot(path=notebooks.parent / "last.png")
        opened.page.close()


def small_notebook(sources: list[str]) -> nbformat.NotebookNode:
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources], metadata=kernel)


@pytest.mark.parametrize("opened", ALL, ids=lambda path: path.stem, indirect=True)
def test_every_slider_changes_a_picture(opened: lab.NotebookPage) -> None:
    assert opened.run_all() == []
    explorers = opened.explorers()
    assert explorers, "no sliders"
    for explorer in explorers:
        assert lab.pictures(explorer) and lab.distorted(explorer) == []
        for hand in explorer.locator("[role=application]").all():  # a brush, or a pad
            before = lab.pictures(explorer)
            hand.click(position={"x": 12, "y": 12})  # a corner; in the middle something is at the start
            assert lab.changed(explorer, before), f"{hand.get_attribute('aria-label')!r} changes no picture"
        for slider in explorer.locator(".widget-slider").all():
            name = slider.locator(".widget-label").text_content()
            before = lab.pictures(explorer)
            assert before, f"no pictures beside {name!r}"
            value, now = lab.move(slider)
            assert float(now) != float(value), f"{name!r} cannot be moved"
            assert lab.changed(explorer, before), f"{name!r} moved from {value} to {now}, and no picture changed"


@pytest.mark.parametrize("opened", [[SMALL]], ids=["small"], indirect=True)
def test_a_slider_that_changes_no_picture_and_a_squeezed_picture_are_told(opened: lab.NotebookPage) -> None:
    assert opened.run_all() == []
    (explorer,) = opened.explorers()
    paints, sends_the_same = explorer.locator(".widget-slider").all()
    before = lab.pictures(explorer)
    assert lab.distorted(explorer) == ["8 x 8 shown as 64 x 32"]
    assert lab.move(sends_the_same) == ("0.0", "10.0")
    assert not lab.changed(explorer, before, seconds=5)
    assert lab.move(paints, steps=3) == ("0.0", "3.0")
    assert lab.changed(explorer, before)


@pytest.mark.parametrize("opened", [["1", "1 / 0", "2"]], ids=["raises"], indirect=True)
def test_a_cell_that_raises_is_told(opened: lab.NotebookPage) -> None:
    assert opened.run_all() == ["ZeroDivisionError: division by zero", "1 of 3 cells did not run"]
    assert opened.explorers() == []
