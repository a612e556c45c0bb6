"""The design's guard: an invented application is one folder and one notebook, and nothing else is touched.

Both are put into a copy of the checkout. There its networks are trained by recipe, loaded, measured and reported.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from dynnet.paper.locations import PROJECT

HERE = Path(__file__).parent / "fourth_application"
CLAIMS = """
[[claims]]
id = "darker"
text = "brightness at α = 1 over the photo's"
at_most = 0.7
"""
CELLS = [
    'profile = "cpu"\nseed = 0\ndevice = "cpu"\nout_dir = "../figures"',
    """import numpy as np

from dynnet import paper
from dynnet.paper.data.pictures import to_tensor
from dynnet.paper.data.samples import sample_crops
from dynnet.paper.report.figures import alt_text
from dynnet.paper.report.record import FigureRecord
from dynnet.paper.show import plots
from dynnet.paper.tone.measures import brightness

trained = paper.load("tone", profile).to(device)
recipe, net, x = trained.recipe, trained.dynamic["darker"], to_tensor(sample_crops(4, 32)).to(device)
data = {"name": "samples", "count": len(x)}
record = FigureRecord("tone", recipe.claims_of("tone"), profile, seed, trained.hashes, data)
table = brightness(net, x, np.linspace(0, 1, recipe.profile.evaluation.alphas))""",
    """figure = plots.new_figure(4, 3)
figure.add_subplot().plot(table.setting, table["share"])
plots.shown(figure, alt_text("tone"))""",
    """record.claim("darker", table["share"].iloc[-1])
record.save(out_dir, figure, table)""",
]
SAID = {"title": "Tone", "alt": "Brightness falls along alpha.", "files": ["tone.png", "tone.csv", "tone.json"]}


def notebook() -> dict:
    shared = {"cell_type": "code", "execution_count": None, "outputs": []}
    cells = [{**shared, "id": f"cell{i}", "metadata": {}, "source": text} for i, text in enumerate(CELLS)]
    cells[0]["metadata"] = {"tags": ["parameters"]}
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    metadata = {"kernelspec": kernel, "dynnet": {"figures": {"tone": SAID}}}
    return {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("checkout")
    half_written = shutil.ignore_patterns("*.pyc.*")  # compiled as in the checkout: nothing is compiled again
    shutil.copytree(PROJECT / "dynnet", root / "dynnet", ignore=half_written)
    shutil.copy(PROJECT / "pyproject.toml", root)
    shutil.copytree(HERE, root / "dynnet" / "paper" / "tone", ignore=shutil.ignore_patterns("__pycache__"))
    recipe = root / "dynnet" / "paper" / "tone" / "tone.toml"
    recipe.write_text(recipe.read_text().replace("\n[profiles.smoke]", f"{CLAIMS}\n[profiles.smoke]"))
    (root / "notebooks").mkdir()
    (root / "notebooks" / "tone.ipynb").write_text(json.dumps(notebook()))
    return root


def dynnet(checkout: Path, *commands: str) -> str:
    """What the command line says to several commands, given one after the other in one process."""
    code = "import sys; from dynnet.paper.cli import app; [app(c.split(), standalone_mode=False) for c in sys.argv[1:]]"
    environment = {**os.environ, "PYTHONPATH": str(checkout), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", code, *commands]
    done = subprocess.run(command, cwd=checkout, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_it_is_listed_trained_loaded_measured_and_reported(checkout: Path) -> None:
    before = {path: path.read_bytes() for path in checkout.rglob("*.*") if path.is_file() and path.suffix != ".pyc"}
    said = dynnet(checkout, "list", "train tone", "reproduce tone", "status", "report")
    assert "A picture as it is, and darker: photo, main, darker" in said
    kept = {path.name for path in (checkout / "data" / "checkpoints" / "cpu" / "tone").iterdir()}
    assert kept == {"main.safetensors", "darker.safetensors"}
    assert "1 of 1 claims hold" in said and "brightness at α = 1 over the photo's" in said
    record = json.loads((checkout / "figures" / "tone.json").read_text())
    assert record["claims"][0]["holds"] and set(record["checkpoints"]) == {"main", "darker"}
    assert SAID["alt"] in (checkout / "build" / "index.html").read_text()
    assert all(path.read_bytes() == content for path, content in before.items())  # nothing else was touched
