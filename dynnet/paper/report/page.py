"""The report on a reproduction: one page with every figure, its claims, and links to the executed notebooks.

The page and all that it shows lie in one folder, which can be moved or served as it is.
"""

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment

from dynnet.atomic import atomic_path
from dynnet.paper.report.claims import Record, read_record
from dynnet.paper.report.figures import MadeFigure, all_figures, all_notebooks, figures_of
from dynnet.paper.report.notebook_page import export_notebook
from dynnet.paper.report.tables import status_table, summary

PAGE = Path(__file__).with_name("page.html")
PICTURES = "figures"  # the folder beside the page
HOME = ("index.html", "All figures")


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
    failures, executed = failures or {}, Path(executed)
    made = all_figures(stored)
    pages = {n.stem: f"{n.stem}.html" if (executed / n.name).is_file() else "" for n in stored}
    for stem in (ran := [stem for stem, page in pages.items() if page]):
        export_notebook(executed / f"{stem}.ipynb", executed / pages[stem], ran, HOME)
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


def _section(figure: MadeFigure, folder: Path, page: str, failure: str) -> Section:
    files = tuple(name for name in figure.files if (folder / name).is_file())
    record = read_record(folder / f"{figure.name}.json") if f"{figure.name}.json" in files else None
    return Section(figure, files, record, page, failure)


def _page(sections: list[Section], others: list[dict[str, str]]) -> str:
    template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(PAGE.read_text("utf-8"))
    table = status_table([section.record for section in sections if section.record])
    return template.render(sections=sections, others=others, pictures=PICTURES, summary=summary(table))
