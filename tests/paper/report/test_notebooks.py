"""Notebooks run headless; a cell that fails is one error with its place."""

from pathlib import Path

import nbformat
import pytest

from dynnet.errors import DynnetError
from dynnet.paper.report.notebooks import notebook_of, run_notebook


def write_notebook(path: Path, *cells: str) -> Path:
    made = [nbformat.v4.new_code_cell(cell) for cell in cells]
    made[0].metadata["tags"] = ["parameters"]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(nbformat.v4.new_notebook(cells=made, metadata={"kernelspec": kernel}), path)
    return path


def outputs(path: Path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    return "".join(output.get("text", "") for cell in cells for output in cell.get("outputs", ()))


def test_the_notebook_of_a_figure(tmp_path: Path) -> None:
    for name in ("fig1_walk.ipynb", "fig10_other.ipynb", "notes.txt"):
        (tmp_path / name).touch()
    assert notebook_of("fig1", tmp_path).name == "fig1_walk.ipynb"
    assert notebook_of("fig10", tmp_path).name == "fig10_other.ipynb"


def test_figures_that_share_the_quickstart(tmp_path: Path) -> None:
    for name in ("00_quickstart.ipynb", "fig10_other.ipynb"):
        (tmp_path / name).touch()
    for figure in ("fig1", "fig2"):
        assert notebook_of(figure, tmp_path).name == "00_quickstart.ipynb"


def test_a_figure_without_notebook_lists_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(DynnetError, match=r"no notebook for 'fig2' in .*there are notebooks for none"):
        notebook_of("fig2", tmp_path)
    (tmp_path / "fig1_walk.ipynb").touch()
    for name in ("fig2", "fig", "fig1_walk", ""):
        with pytest.raises(DynnetError, match="there are notebooks for fig1"):
            notebook_of(name, tmp_path)


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
