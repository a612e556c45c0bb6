"""Where packages of others are missing, the notebook says so in one line, shows the figure that ships, and stops."""

import json
import os
from pathlib import Path

import nbformat
import pytest
from IPython.core.interactiveshell import InteractiveShell
from PIL import Image

from dynnet.paper.denoising import shipped
from dynnet.paper.denoising.packages import PACKAGES
from dynnet.paper.denoising.shipped import leave_out_the_rest, show_shipped
from dynnet.paper.report.notebooks import NOTEBOOKS
from dynnet.paper.report.reproduction import reproduce

NOTEBOOK = NOTEBOOKS / "11_a_strangers_network.ipynb"
HIDING = """
import importlib.util
there = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name in {hidden!r} else there(name, package)
"""


@pytest.fixture
def displayed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is shown to the reader, one after the other."""
    texts: list[str] = []
    monkeypatch.setattr(shipped, "display", lambda thing: texts.append(thing.data))
    return texts


def test_one_line_and_the_figure(displayed: list[str], tmp_path: Path) -> None:
    Image.new("RGB", (8, 8), "teal").save(tmp_path / "strangers.png")
    show_shipped("strangers", "a cat's eye", ("one", "two"), tmp_path)
    line, picture = displayed
    assert line.startswith("Not installed: one, two. ") and "\n" not in line
    assert 'pip install "dynnet[strangers]"' in line
    assert "a cat&#x27;s eye" in picture and "data:image/png;base64," in picture


def test_where_no_figure_ships_the_line_is_all(displayed: list[str], tmp_path: Path) -> None:
    show_shipped("strangers", "a cat's eye", ("one",), tmp_path)
    (line,) = displayed
    assert "there is nothing to see here" in line and "\n" not in line


def test_cells_below_do_nothing() -> None:
    shell = InteractiveShell()
    shell.run_cell("before = 1")
    leave_out_the_rest(shell)
    result = shell.run_cell("after = 1 / 0")
    assert result.success and "before" in shell.user_ns and "after" not in shell.user_ns


def test_the_notebook_needs_the_packages_that_are_asked_for() -> None:
    assert json.loads(NOTEBOOK.read_text())["metadata"]["dynnet"]["needs"] == list(PACKAGES)


def test_the_notebook_without_one_of_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hidden = PACKAGES[1:2]
    (tmp_path / "sitecustomize.py").write_text(HIDING.format(hidden=hidden))  # read when its kernel starts
    before = os.environ.get("PYTHONPATH")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *([before] if before else [])]))
    monkeypatch.setattr("dynnet.paper.report.reproduction.missing_packages", lambda notebook: list(hidden))
    run = reproduce(NOTEBOOK, {"profile": "cpu"}, tmp_path / "figures", tmp_path / "build")

    assert "left as it ships" in str(run.outcomes[0]) and not (tmp_path / "figures").exists()
    cells = nbformat.read(tmp_path / "build" / NOTEBOOK.name, as_version=4).cells
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    assert not [output for output in outputs if output.output_type in ("error", "stream")]
    line, picture = outputs
    assert line.data["text/markdown"].startswith(f"Not installed: {hidden[0]}.")
    assert "data:image/png;base64," in picture.data["text/html"]
