"""An executed notebook as one page of HTML that asks nobody for anything: formulas are MathML, sliders flip books."""

import re
from collections.abc import Collection
from pathlib import Path
from urllib.parse import urlsplit

import nbformat
from jinja2 import pass_context
from jinja2.runtime import Context
from latex2mathml.converter import convert
from nbconvert import HTMLExporter
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

from dynnet.atomic import atomic_path
from dynnet.errors import DynnetError, one_line

TEMPLATE = Path(__file__).with_name("notebook_page.html")
WIDGET = "application/vnd.jupyter.widget-view+json"
NO_WIDGET = "*Here are sliders when the notebook runs: `make lab`.*"


def export_notebook(
    notebook: Path, page: Path, beside: Collection[str] = (), home: tuple[str, str] | None = None
) -> str:
    """Writes an executed notebook as one HTML file, its pictures inside; returns its title.

    Args:
        page: the file to be.
        beside: stems of the notebooks whose pages lie beside it; links to others, and to other files of the checkout,
            become text.
        home: (address, text) of the link at its top.

    Raises:
        DynnetError: the file is no notebook, or has a formula that cannot be set.
    """
    content = _read_notebook(notebook)
    content.metadata.pop("widgets", None)
    content.metadata["title"] = title = _title(content) or notebook.stem
    content.metadata["home"] = home and {"address": home[0], "text": home[1]}
    for output in (output for cell in content.cells for output in cell.get("outputs", ())):
        if WIDGET in output.get("data", {}):  # of a run with a kernel: its sliders do nothing without one
            output["data"] = {"text/markdown": NO_WIDGET}
    exporter = _Exporter(
        raw_template=TEMPLATE.read_text("utf-8"),
        embed_images=True,
        exclude_anchor_links=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    exporter.beside = frozenset(beside)
    try:
        html, _ = exporter.from_notebook_node(content, {"metadata": {"path": str(notebook.parent), "name": title}})
    except DynnetError as error:
        raise DynnetError(f"{notebook}: {error}") from error
    with atomic_path(page) as path:
        path.write_text(html, encoding="utf-8")
    return title


def mathml(formula: str, display: str = "inline") -> str:
    """A formula of LaTeX as MathML, which browsers set by themselves; `display` is inline or block.

    Raises:
        DynnetError: it holds something that cannot be set.
    """
    try:
        made = convert(formula, display=display)
    except Exception as error:  # the converter's own errors have no common base
        raise DynnetError(f"the formula {formula.strip()!r} cannot be set: {one_line(error)}; correct it") from error
    if "\\" in made:  # a command that it does not know stays as it was written
        unknown = "\\" + made.partition("\\")[2].partition("<")[0]
        raise DynnetError(f"the formula {formula.strip()!r} cannot be set: no {unknown}; write it another way")
    return made


class _Exporter(HTMLExporter):
    """nbconvert's, with formulas and links of our own."""

    beside: frozenset[str] = frozenset()

    @pass_context
    def markdown2html(self, context: Context, source: str) -> str:
        attachments = context.get("cell", {}).get("attachments", {})
        path = context.get("resources", {}).get("metadata", {}).get("path", "")
        renderer = _Renderer(
            escape=False, attachments=attachments, embed_images=True, path=path, exclude_anchor_links=True
        )
        renderer.beside = self.beside
        return MarkdownWithMath(renderer=renderer).render(source)


class _Renderer(IPythonRenderer):
    beside: frozenset[str] = frozenset()

    def block_math(self, body: str) -> str:
        """In a place of its own: on a narrow page a long formula is scrolled, by keys, too."""
        return f'<span class="wide" role="region" tabindex="0" aria-label="Formula">{mathml(body, "block")}</span>'

    def inline_math(self, body: str) -> str:
        return mathml(body)

    def latex_environment(self, name: str, body: str) -> str:
        return self.block_math(rf"\begin{{{name}}}{body}\end{{{name}}}")

    def link(self, text: str, url: str, title: str | None = None) -> str:
        path = Path(urlsplit(url).path)
        if urlsplit(url).scheme or not path.name:  # of another site, or a place on this page
            return super().link(text, url, title)
        if path.suffix == ".ipynb" and path.stem in self.beside:
            return super().link(text, url.replace(path.name, f"{path.stem}.html"), title)
        return text


def _title(content: nbformat.NotebookNode) -> str:
    """The heading that a notebook begins with, as plain text."""
    first = content.cells[0].source.partition("\n")[0] if content.cells else ""
    return re.sub(r"[*$`]", "", first.removeprefix("# ")) if first.startswith("# ") else ""


def _read_notebook(path: Path) -> nbformat.NotebookNode:
    try:
        return nbformat.read(path, as_version=4)
    except (OSError, ValueError, nbformat.ValidationError) as error:
        raise DynnetError(
            f"{path}: expected an executed notebook, got: {error}; make it again: make reproduce"
        ) from error
