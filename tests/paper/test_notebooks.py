"""Notebooks: stored clean, thin, and able to run headless with the smoke profile."""

import json
import sys

import nbformat
import pytest

from dynnet.paper.report.figures import all_figures, all_notebooks, figures_of, missing_packages
from dynnet.paper.report.notebooks import NOTEBOOKS, run_notebook
from tests.paper.forked_kernels import launch_kernel

ALL = all_notebooks(NOTEBOOKS)
LONGEST_CELL = 25  # lines


def test_no_two_notebooks_make_one_figure():
    assert all_figures(ALL)


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_is_stored_without_outputs(path):
    for cell in nbformat.read(path, as_version=4).cells:
        assert not cell.get("outputs")
        assert cell.get("execution_count") is None


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_is_thin(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            assert cell.source.count("\n") < LONGEST_CELL
            assert "\ndef " not in f"\n{cell.source}"


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_has_one_parameters_cell_of_literals(path):
    cells = [c for c in nbformat.read(path, as_version=4).cells if "parameters" in c.metadata.get("tags", [])]
    assert len(cells) == 1
    exec(cells[0].source, {"__builtins__": {}})  # literals need no builtins


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_runs_with_the_smoke_profile_and_leaves_its_files(path, tmp_path, monkeypatch):
    if missing := missing_packages(path):
        pytest.skip(f"needs {', '.join(missing)}")
    if sys.platform == "linux":  # elsewhere system libraries may not be forked
        monkeypatch.setattr("jupyter_client.provisioning.local_provisioner.launch_kernel", launch_kernel)
    executed = run_notebook(path, {"profile": "smoke", "out_dir": str(tmp_path)}, tmp_path / "executed")

    assert executed.is_file()
    files = {name for figure in figures_of(path) for name in figure.files}
    if files:  # else its folder receives what it likes
        assert {file.name for file in tmp_path.glob("*.*")} == files
    for file in tmp_path.glob("*.json"):
        record = json.loads(file.read_text())
        assert record["profile"] == "smoke"
        assert record["claims"]
    assert 'alt=""' not in executed.read_text()
