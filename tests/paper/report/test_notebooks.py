"""Notebooks run headless, by this interpreter; a cell that fails is one error with its place."""

import json
import sys
from pathlib import Path

import nbformat
import pytest

from dynnet.errors import DynnetError
from dynnet.paper.report.notebooks import run_notebook
from tests.paper.report.records import code
from tests.paper.report.records import write_notebook as write


def write_notebook(path: Path, first: str, *more: str) -> Path:
    return write(path, code(first, tags=("parameters",)), *map(code, more))


def outputs(path: Path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    return "".join(output.get("text", "") for cell in cells for output in cell.get("outputs", ()))


def test_a_notebook_runs_with_its_parameters_and_is_left_as_it_was(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "fig1_walk.ipynb", "a = 1", "print(f'{a=}')", "open('made', 'w').close()")
    stored = notebook.read_bytes()
    executed = run_notebook(notebook, {"a": 42}, tmp_path / "build")
    assert executed == tmp_path / "build" / "fig1_walk.ipynb" and "a=42" in outputs(executed)
    assert notebook.read_bytes() == stored
    assert (tmp_path / "made").exists()  # it runs where it lies


def test_a_cell_that_fails_is_named_and_the_copy_is_kept(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "fig1_walk.ipynb", "a = 1", "print('so far')", "1 / 0")
    with pytest.raises(DynnetError, match=r"fig1_walk\.ipynb: ZeroDivisionError: division by zero \(cell \d, see .*"):
        run_notebook(notebook, {}, tmp_path / "build")
    assert "so far" in outputs(tmp_path / "build" / "fig1_walk.ipynb")


def test_a_kernel_that_dies_is_an_error_and_the_copy_is_kept(tmp_path: Path) -> None:
    notebook = write_notebook(tmp_path / "fig1_walk.ipynb", "a = 1", "print('so far')", "import os; os._exit(1)")
    with pytest.raises(DynnetError, match=r"fig1_walk\.ipynb: the kernel died in a cell.*; see .*fig1_walk\.ipynb"):
        run_notebook(notebook, {}, tmp_path / "build")
    assert "so far" in outputs(tmp_path / "build" / "fig1_walk.ipynb")


def test_the_kernel_is_this_interpreters_whatever_else_is_called_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "kernels" / "python3"
    other.mkdir(parents=True)
    (other / "kernel.json").write_text(json.dumps({"argv": ["false"], "display_name": "another", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))
    notebook = write_notebook(tmp_path / "fig1_walk.ipynb", "a = 1", "import sys; print(sys.executable)")
    assert outputs(run_notebook(notebook, {}, tmp_path / "build")).strip() == sys.executable
