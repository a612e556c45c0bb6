"""A notebook's page in Chromium, from disk: its slider moves without a kernel, and axe-core finds nothing serious."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
import numpy as np
import pytest

from dynnet.paper.report.notebook_page import export_notebook
from dynnet.paper.show.flip_book import FlipBook, Frame
from tests.browser import lab
from tests.browser.axe import axe_core, grave
from tests.paper.report.records import code, write_notebook

if TYPE_CHECKING:  # an optional extra
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.page
TABLE = "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>" + "wide " * 60 + "</td></tr></tbody></table>"
_SHOWN = """async () => {
    const image = document.querySelector(".flip-book img");
    await image.decode();
    const context = document.createElement("canvas").getContext("2d");
    context.drawImage(image, 0, 0);
    return context.getImageData(0, 0, 1, 1).data[0];
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    with lab.chromium() as found:
        yield found


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two walks, in whose pictures the grey says where the slider is; formulas, a table and code around them."""

    def walk(first: int) -> FlipBook:
        return lambda alpha: Frame({"grey": np.full((8, 8, 3), first + round(100 * alpha), np.uint8)}, f"at {alpha:g}")

    folder = tmp_path_factory.mktemp("page")
    book = FlipBook({"all": walk(0), "one alone": walk(120)}).html(21)
    text = nbformat.v4.new_markdown_cell(
        "# A page\n\nwith $x^2$ and $$\\frac{a}{b} = \\text{a long formula} " + "+ x" * 60 + "$$"
    )
    cell = code("x = 1  # " + "long " * 60, {"text/html": book}, {"text/html": TABLE})
    export_notebook(write_notebook(folder / "a.ipynb", text, cell), folder / "a.html", home=("../index.html", "Back"))
    return folder / "a.html"


@pytest.fixture
def opened(browser: "Browser", path: Path) -> Iterator["Page"]:
    page, asked = browser.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    yield page
    page.close()
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]


def shown(page: "Page") -> tuple[int, str, str]:
    """The grey of the picture, its alt text, the reading."""
    grey = page.evaluate(_SHOWN)
    return grey, page.locator(".flip-book img").get_attribute("alt"), page.locator(".flip-book .reading").text_content()


def test_the_slider_moves_by_keys_and_the_menu_keeps_its_place(opened: "Page") -> None:
    assert shown(opened) == (pytest.approx(50, abs=2), "grey, α = 0.50", "at 0.5")
    slider = opened.get_by_role("slider", name="α")
    slider.focus()
    slider.press("ArrowRight")
    assert shown(opened) == (pytest.approx(55, abs=2), "grey, α = 0.55", "at 0.55")
    slider.press("End")
    assert shown(opened)[1] == "grey, α = 1.00" and slider.get_attribute("aria-valuetext") == "1.00"
    opened.get_by_label("Slider of").select_option("one alone")
    assert shown(opened) == (pytest.approx(220, abs=2), "grey, α = 1.00", "at 1")
    slider.press("ArrowLeft")
    assert shown(opened)[1] == "grey, α = 0.90"


def test_without_scripts_it_is_a_picture_with_its_text(browser: "Browser", path: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(path.as_uri())
    assert page.locator(".flip-book img").get_attribute("alt") == "grey, α = 0.50"
    assert page.locator(".flip-book input").is_hidden()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_axe_finds_nothing_serious_and_nothing_sticks_out(
    browser: "Browser", path: Path, tmp_path: Path, scheme: str, width: int
) -> None:
    context = browser.new_context(color_scheme=scheme, viewport={"width": width, "height": 800})
    page = context.new_page()
    page.goto(path.as_uri())
    page.locator("summary").click()
    found = json.loads(
        page.evaluate(f"{axe_core(tmp_path)}; axe.run().then(found => JSON.stringify(found.violations))")
    )
    assert grave(found) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()
