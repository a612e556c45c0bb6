"""The report on a reproduction: one page with every figure, its claims, and links to the executed notebooks.

The page and all that it shows lie in one folder, which can be moved or served as it is.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from jinja2 import Environment
from nbconvert import HTMLExporter

from dynnet.atomic import atomic_path
from dynnet.errors import DynnetError
from dynnet.paper.report.claims import Record, read_record
from dynnet.paper.report.figures import MadeFigure, all_figures, all_notebooks, figures_of
from dynnet.paper.report.tables import status_table, summary

PAGE = Path(__file__).with_name("page.html")
PICTURES = "figures"  # the folder beside the page
WIDGET = "application/vnd.jupyter.widget-view+json"
NO_WIDGET = "*Here are sliders when the notebook runs: `make lab`.*"

# Sliders and diagrams need scripts from other sites; only the one that sets formulas is kept.
_NOTEBOOK_PAGE = """{% extends "lab/index.html.j2" %}
{% block html_head_js_requirejs %}{% endblock %}
{% block html_head_js_mermaidjs %}{% endblock %}"""


@dataclass(frozen=True)
class Section:
    """What the page says of one figure.

    Attributes:
        files: names of those of its files that are there, copied beside the page.
        record: None for a drawing, which measures nothing.
        notebook: file name of the executed notebook's page, or "" when it did not run.
        failure: why this run did not make the figure again.
    """

    figure: MadeFigure
    files: tuple[str, ...]
    record: Record | None
    notebook: str
    failure: str

    @property
    def picture(self) -> str:
        return self.figure.picture if self.figure.picture in self.files else ""

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The claims as the page shows them."""
        return [
            {
                "claim": claim.text,
                "where": claim.where,
                "number": claim.number,
                "band": claim.band,
                "verdict": self.record.verdict(claim),
                "why": "" if claim.holds else claim.why,
            }
            for claim in (self.record.claims if self.record else ())
        ]


def write_report(figures: Path, notebooks: Path, executed: Path, failures: Mapping[str, str] | None = None) -> Path:
    """Writes executed/index.html and all that it links to; returns it.

    Args:
        figures: the folder of the figures' files.
        notebooks: the folder of the notebooks as they are stored.
        executed: the folder of their executed copies; a notebook that has none gets no link.
        failures: {stem of a notebook: why it failed} in this run; the page says so beside the figure.

    Raises:
        DynnetError: there are no notebooks, a record is damaged, or the folder cannot be written.
    """
    stored = all_notebooks(notebooks)
    failures, pages, executed = failures or {}, {}, Path(executed)
    made = all_figures(stored)
    for notebook in stored:
        copy = executed / notebook.name
        pages[notebook.stem] = export_notebook(copy).name if copy.is_file() else ""
    sections = [_section(f, Path(figures), pages[f.notebook.stem], failures.get(f.notebook.stem, "")) for f in made]
    others = [
        {"name": notebook.stem, "notebook": pages[notebook.stem], "failure": failures.get(notebook.stem, "")}
        for notebook in stored
        if not figures_of(notebook)
    ]
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


def _section(figure: MadeFigure, folder: Path, page: str, failure: str) -> Section:
    files = tuple(name for name in figure.files if (folder / name).is_file())
    record = read_record(folder / f"{figure.name}.json") if f"{figure.name}.json" in files else None
    return Section(figure, files, record, page, failure)


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
