"""Small records of figures and small notebooks, as the report meets them."""

import json
from collections.abc import Sequence
from pathlib import Path

import nbformat

CLAIMS = [
    {"id": "a", "text": "first", "where": "4.1", "value": 0.12345, "at_most": 0.2, "holds": True},
    {"id": "b", "text": "a | b", "where": "4.1", "value": 3, "at_least": 4, "holds": False, "why": "small"},
]


def write_record(folder: Path, figure: str = "fig9", **changes: object) -> Path:
    """Writes `figure`.json with one claim that holds and one that does not; a change to None leaves a key out."""
    content = {
        "figure": figure,
        "profile": "cpu",
        "seconds": 90.0,
        "date": "2026-02-03",
        "checkpoints": {"main": "ab" * 32, "blocks": "cd" * 32},
        "data": {"name": "noise", "count": 4},
        "claims": CLAIMS,
    }
    path = folder / f"{figure}.json"
    path.write_text(json.dumps({key: value for key, value in (content | changes).items() if value is not None}))
    return path


def entry(figure: str, *suffixes: str, **changes: str) -> dict[str, dict[str, object]]:
    """What a notebook's metadata say of a figure: its files are those of the suffixes, or png, csv and json."""
    files = [f"{figure}.{suffix}" for suffix in suffixes or ("png", "csv", "json")]
    return {figure: {"title": f"Title of {figure}", "alt": f'A "{figure}" & more', "files": files, **changes}}


def write_notebook(
    path: Path,
    *cells: nbformat.NotebookNode,
    figures: dict | None = None,
    needs: Sequence[str] = (),
    **metadata: object,
) -> Path:
    """A notebook of these cells that says it makes these figures; without any, it says nothing of figures."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    told = {"kernelspec": kernel, **metadata}
    told |= {} if figures is None else {"dynnet": {"figures": figures, "needs": list(needs)}}
    path.parent.mkdir(exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=list(cells), metadata=told), path)
    return path


def code(source: str, *outputs: dict[str, str], tags: tuple[str, ...] = ()) -> nbformat.NotebookNode:
    """A cell with what it displayed."""
    shown = [nbformat.v4.new_output("display_data", data) for data in outputs]
    return nbformat.v4.new_code_cell(source, outputs=shown, metadata={"tags": list(tags)} if tags else {})
