"""The report on a reproduction: one page with every figure, its claims, and links to the executed notebooks.

The page and all that it shows lie in one folder, which can be moved or served as it is.
"""

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from bs4 import BeautifulSoup
from jinja2 import Environment
from nbconvert import HTMLExporter

from dynnet.atomic import atomic_path
from dynnet.errors import DynnetError
from dynnet.paper.recipe import load_recipe, recipe_names
from dynnet.paper.report.status import Record, band_text, figure_number, number_text, read_record, status_table, summary

PAGE = Path(__file__).with_name("page.html")
PICTURES = "figures"  # the folder beside the page
WIDGET = "application/vnd.jupyter.widget-view+json"
NO_WIDGET = "*Here are sliders when the notebook runs: `make lab`.*"

# Notebooks that are not named after their one figure, and the files that they leave.
LEAVES: dict[str, tuple[str, ...]] = {
    "00_quickstart": ("fig1.png", "fig1.csv", "fig1.json", "fig1.gif", "fig2.png", "fig2.svg"),
    "09_your_own": (),
}

# Sliders and diagrams need scripts from other sites; only the one that sets formulas is kept.
_NOTEBOOK_PAGE = """{% extends "lab/index.html.j2" %}
{% block html_head_js_requirejs %}{% endblock %}
{% block html_head_js_mermaidjs %}{% endblock %}"""


@dataclass(frozen=True)
class Section:
    """What the page says of one figure.

    Attributes:
        files: names of all its files, copied beside the page; the picture is the png among them.
        record: None for a drawing, which measures nothing.
        notebook: file name of the executed notebook's page, or "" when it did not run.
        failure: why this run did not make the figure again.
    """

    figure: str
    title: str
    alt: str
    files: tuple[str, ...]
    record: Record | None
    notebook: str
    failure: str

    @property
    def picture(self) -> str:
        return next((name for name in self.files if name.endswith(".png")), "")

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The claims as the page shows them."""
        return [
            {
                "claim": claim.claim,
                "where": claim.where,
                "number": number_text(claim.value),
                "band": band_text(claim.band),
                "verdict": self.record.verdict(claim),
                "why": "" if claim.holds else claim.why,
            }
            for claim in (self.record.claims if self.record else ())
        ]


def files_of(notebook: Path) -> tuple[str, ...]:
    """The files that a notebook leaves in figures/ (fig3_objective_space.ipynb -> fig3.png, fig3.csv, fig3.json)."""
    figure = notebook.stem.split("_")[0]
    return LEAVES.get(notebook.stem, tuple(f"{figure}.{suffix}" for suffix in ("png", "csv", "json")))


def figures_of(notebook: Path) -> list[str]:
    """The figures that a notebook leaves, each once, in order."""
    return list(dict.fromkeys(name.split(".")[0] for name in files_of(notebook)))


def write_report(figures: Path, notebooks: Path, executed: Path, failures: Mapping[str, str] | None = None) -> Path:
    """Writes executed/index.html and all that it links to; returns it.

    Args:
        figures: the folder of figN.png, figN.csv and figN.json.
        notebooks: the folder of the notebooks as they are stored.
        executed: the folder of their executed copies; a notebook that has none gets no link.
        failures: {stem of a notebook: why it failed} in this run; the page says so beside the figure.

    Raises:
        DynnetError: a record is damaged, or the folder cannot be written.
    """
    failures = failures or {}
    executed = Path(executed)
    sections, others = [], []
    for notebook in sorted(Path(notebooks).glob("*.ipynb")):
        copy, failure = executed / notebook.name, failures.get(notebook.stem, "")
        page = export_notebook(copy).name if copy.is_file() else ""
        if not files_of(notebook):
            others.append({"name": notebook.stem, "notebook": page, "failure": failure})
        for figure in figures_of(notebook):
            alt = alt_text(figure, copy) if page else ""
            sections.append(_section(figure, Path(figures), alt, page, failure))
    sections.sort(key=lambda section: figure_number(section.figure))
    for name in (name for section in sections for name in section.files):
        with atomic_path(executed / PICTURES / name) as path:
            shutil.copyfile(Path(figures) / name, path)
    with atomic_path(executed / "index.html") as path:
        path.write_text(_page(sections, others), encoding="utf-8")
    return executed / "index.html"


def export_notebook(notebook: Path) -> Path:
    """An executed notebook as one HTML file beside it, its pictures inside.

    Sliders do nothing without a kernel: a sentence takes their place. Formulas are set by MathJax from its own site;
    without a network they stay as they were written.

    Raises:
        DynnetError: the file is no notebook.
    """
    content = _read_notebook(notebook)
    content.metadata.pop("widgets", None)
    content.metadata["title"] = notebook.stem
    for output in (output for cell in content.cells for output in cell.get("outputs", ())):
        if WIDGET in output.get("data", {}):
            output["data"] = {"text/markdown": NO_WIDGET}
    exporter = HTMLExporter(raw_template=_NOTEBOOK_PAGE, embed_images=True)
    html, _ = exporter.from_notebook_node(content, {"metadata": {"path": str(notebook.parent), "name": notebook.stem}})
    with atomic_path(notebook.with_suffix(".html")) as path:
        path.write_text(html, encoding="utf-8")
    return notebook.with_suffix(".html")


def alt_text(figure: str, executed: Path) -> str:
    """What an executed notebook itself says that its figure shows, or "".

    It is the alt text that begins with the figure's name, "Figure 3: ...", as `plots.shown` was given it.
    """
    named = re.compile(rf"\s*Figure {figure_number(figure)}\b")
    for cell in _read_notebook(executed).cells:
        for output in cell.get("outputs", ()):
            html = output.get("data", {}).get("text/html", "")
            if image := BeautifulSoup(html, "html.parser").find("img", alt=named):
                return " ".join(image["alt"].split())
    return ""


def _section(figure: str, folder: Path, alt: str, page: str, failure: str) -> Section:
    title = f"Figure {figure_number(figure)}"
    if figure in recipe_names():
        title += f": {load_recipe(figure).title}"
    files = tuple(path.name for path in sorted(folder.glob(f"{figure}.*")))
    record = read_record(folder / f"{figure}.json") if f"{figure}.json" in files else None
    return Section(figure, title, alt or title, files, record, page, failure)


def _page(sections: list[Section], others: list[dict[str, str]]) -> str:
    template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(PAGE.read_text("utf-8"))
    table = status_table([section.record for section in sections if section.record])
    return template.render(sections=sections, others=others, pictures=PICTURES, summary=summary(table))


def _read_notebook(path: Path) -> nbformat.NotebookNode:
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError) as error:
        raise DynnetError(
            f"{path}: expected an executed notebook, got: {error}; make it again: make reproduce"
        ) from error
