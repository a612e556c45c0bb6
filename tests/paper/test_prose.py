"""No measured number is typed: what notebooks and documents say of results comes from records and recipes.

Prose may name what is fixed: sections and figures, years, small counts, powers of ten (as the paper's lambdas), code,
formulas and addresses. Anything else with a decimal point, a percent sign, or two digits and more must be filled in.
"""

import re

import nbformat
import pytest

from dynnet.paper.locations import PROJECT
from dynnet.paper.numbers import DOCUMENTS
from dynnet.paper.report.documents import without_generated
from dynnet.paper.report.notebooks import NOTEBOOKS

FIXED = [
    r"```.*?```",
    r"^(?: {4}|\t).*$",  # code, shown as a block
    r"`[^`]*`",
    r"\$\$.*?\$\$|\$[^$]*\$",
    r"\]\([^)]*\)",  # where a link leads
    r"<[^>]*>|https?://\S+",
    r"\bPython \d\.\d+\b|\bCC BY \d\.\d\b",
    r"\b[Ss]ections? \d(?:\.\d)?(?: and \d(?:\.\d)?)?",
    r"\b[Ff]igures? \d+\b",
    r"\b(?:19|20)\d\d\b",
    r"(?:\d·)?10[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+",
    r"\b(?:[A-Za-z_]|\d+_)[\w-]*\b|\b\d+-bit\b",  # VGG19, 00_quickstart
    r"\b\d+×\d+\b",  # the size of a layer
]
NUMBER = re.compile(r"\d+(?:[.,]\d+)+|\d\d+|\d+ ?%")


def typed_numbers(text: str) -> list[str]:
    for pattern in FIXED:
        text = re.sub(pattern, " ", text, flags=re.MULTILINE | re.DOTALL if "`" in pattern else re.MULTILINE)
    return NUMBER.findall(text)


@pytest.mark.parametrize(
    "text",
    ["0.119 decades", "at 16 places", "2,715 photos", "by 7 % less", "5% more", "λ = 354,000", "450 px", "14 minutes"],
)
def test_a_number_that_was_measured_is_found(text: str) -> None:
    assert typed_numbers(f"so it came to {text}.")


@pytest.mark.parametrize(
    "text",
    [
        "section 4.1, Figure 10, ICCV 2019",
        "α = 0 and α = 1, three blocks, 2 of them",
        "λ from 2·10⁴ to 10⁶",
        "a distilled VGG19, L1, fig7, `width=16`",
        "$z_{0.5}$ and [here](docs/a.md#3.14)",
        "text\n\n    x = 0.25\n\nmore",
        "```python\ny = net(x, alpha=0.3)\n```",
        "Python 3.11, CC BY 4.0, a layer of 16×16",
    ],
)
def test_a_number_that_is_fixed_may_be_typed(text: str) -> None:
    assert typed_numbers(text) == []


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_notebooks_type_none(path) -> None:
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "markdown":
            assert typed_numbers(cell.source) == [], cell.source


@pytest.mark.parametrize("path", [d for d in DOCUMENTS if d.stem != "differences"], ids=lambda path: path.stem)
def test_documents_type_none(path) -> None:
    assert typed_numbers(without_generated(path.read_text("utf-8"))) == []


def test_the_readme_is_short() -> None:
    text = (PROJECT / "README.md").read_text("utf-8")
    assert text.count("\n") <= 140 and len(text.split()) < 1200
