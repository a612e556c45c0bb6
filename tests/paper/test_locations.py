"""The package alone, without its checkout: the method works, and the reproduction says in one line what it needs."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dynnet.paper.locations import PROJECT, check_checkout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as a wheel holds it."""
    site = tmp_path_factory.mktemp("site-packages")
    shutil.copytree(PROJECT / "dynnet", site / "dynnet", ignore=shutil.ignore_patterns("__pycache__", "*.toml"))
    return site


def run(site: Path, code: str) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": str(site), "COLUMNS": "200"}
    return subprocess.run([sys.executable, "-c", code], cwd=site, env=environment, capture_output=True, text=True)


def test_a_checkout_is_one() -> None:
    check_checkout()


@pytest.mark.parametrize("code", ["from dynnet import paper; paper.load('fig3')", "from dynnet.paper import load"])
def test_paper_load_says_that_it_needs_a_checkout(installed: Path, code: str) -> None:
    done = run(installed, code)
    said = done.stderr.strip().splitlines()[-1]
    assert done.returncode and "expected a checkout of the project, got the package alone" in said and "clone" in said


def test_the_command_line_says_so_too(installed: Path) -> None:
    done = run(installed, "import sys; sys.argv = ['dynnet', 'list']; from dynnet.paper.__main__ import main; main()")
    assert done.returncode == 2 and "expected a checkout" in done.stderr and len(done.stderr.splitlines()) == 1


def test_the_method_does_without(installed: Path) -> None:
    assert run(installed, "import dynnet; print(dynnet.TuningBlock(4).channels)").stdout.strip() == "4"
