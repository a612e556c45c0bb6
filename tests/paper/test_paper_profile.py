"""The paper profile in miniature: every recipe trained on COCO and CelebA for a few steps, measured and told.

Sizes of networks, crops and batches are the paper's; the steps are not (`--steps`), and VGG16 has random weights. All
runs in a copy of the checkout, by the commands that a reader would give. `dynnet train` writes what a step took.
"""

import json
import logging
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest
import torch

from dynnet.checkpoints import read_manifest
from dynnet.paper.denoising.packages import missing_packages
from dynnet.paper.locations import CHECKPOINTS, PROJECT
from dynnet.paper.recipe import load_recipe, recipe_names
from tests.paper.paper_data import write_data, write_random_vgg16

_log = logging.getLogger(__name__)

pytestmark = pytest.mark.slow

STEPS, SHORTEST_CYCLE = 2, 8
ORDER = ("fig3", "fig6", "fig7", "fig5", "fig4", "fig8", "starry_night", "strangers")  # borrowed networks come first


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what the commands read, with data beside it."""
    root = tmp_path_factory.mktemp("paper") / "checkout"
    kept = shutil.ignore_patterns("__pycache__", "build", "*.pyc")
    for folder in ("dynnet", "notebooks"):
        shutil.copytree(PROJECT / folder, root / folder, ignore=kept)
    shutil.copy(PROJECT / "pyproject.toml", root)
    (root / "data" / "checkpoints").mkdir(parents=True)
    shutil.copy(CHECKPOINTS / "vgg19_lite.safetensors", root / "data" / "checkpoints")
    write_data(root / "data" / "downloads")
    write_random_vgg16(root.parent / "torch")
    return root


def dynnet(checkout: Path, *arguments: str) -> tuple[str, dict[str, float]]:
    """What a command says, and what it took: seconds on the clock and on cores, largest memory in GB."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("DYNNET_")}
    environment = clean | {"PYTHONPATH": str(checkout), "TORCH_HOME": str(checkout.parent / "torch")}
    command, started = [sys.executable, "-m", "dynnet.paper", *arguments], time.perf_counter()
    with (checkout.parent / "said.txt").open("w+") as said:
        process = subprocess.Popen(command, cwd=checkout, env=environment, stdout=said, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        said.seek(0)
        text = said.read()
    assert process.returncode == 0, text
    return text, {"clock": seconds, "cores": used.ru_utime + used.ru_stime, "memory": used.ru_maxrss / 2**20}


def trained_networks() -> list[tuple[str, str]]:
    """(recipe, network) of all that the paper profile trains, each after what it stands on."""
    found = [(name, network) for name in ORDER for network in load_recipe(name, "paper").networks]
    return [(name, network.name) for name, network in found if network.kind != "given" and not network.of]


@pytest.mark.parametrize(("name", "network"), [pytest.param(*pair, id="-".join(pair)) for pair in trained_networks()])
def test_a_network_is_trained_at_the_papers_size(name: str, network: str, checkout: Path) -> None:
    if name == "strangers" and (missing := missing_packages()):
        pytest.skip(f"needs {', '.join(missing)}")
    recipe = load_recipe(name, "paper")
    full = recipe.phase(recipe.network(network))
    steps = SHORTEST_CYCLE if full.one_cycle else STEPS
    text, took = dynnet(checkout, "train", name, "--profile", "paper", "--steps", str(steps), "--only", network)
    assert f"{network}.safetensors" in text
    entry = read_manifest(checkout / "data" / "checkpoints")[f"paper/{name}/{network}.safetensors"]
    assert entry["steps"] == steps
    assert re.search("MS-COCO train2014|CelebA", entry["data"])
    (state,) = (checkout / "runs").glob(f"{name}-paper-*/{network}.state")
    step = torch.load(state, weights_only=True)["report"]["seconds"] / steps
    alone = step * min(1.0, took["cores"] / took["clock"])  # with one thread, on a core that nobody else uses
    hours = alone * full.steps / 3600
    _log.warning("%s/%s: %.2f s a step, %.2f GB, %.1f h in full", name, network, alone, took["memory"], hours)


def test_the_order_has_every_recipe() -> None:
    assert sorted(ORDER) == recipe_names()


@pytest.mark.parametrize("name", [name for name in ORDER if name.startswith("fig")])
def test_its_notebook_measures_what_was_trained(name: str, checkout: Path, tmp_path: Path) -> None:
    """On few pictures: at the paper's counts a CPU takes hours for no other code."""
    if not (checkout / "data" / "checkpoints" / "paper" / name).is_dir():
        pytest.skip("trained by the test above")
    measure_less(next((checkout / "dynnet" / "paper").glob(f"*/{name}.toml")))
    figures = tmp_path / "figures"
    dynnet(checkout, "reproduce", name, "--profile", "paper", "--out", str(figures), "--build", str(tmp_path))
    record = json.loads((figures / f"{name}.json").read_text())
    assert record["profile"] == "paper" and record["claims"]
    text, _ = dynnet(checkout, "status", "--figures", str(figures))
    assert name in text


def measure_less(path: Path) -> None:
    """Gives a recipe's paper profile the evaluation of its smoke profile, of the paper profile's networks."""
    text = path.read_text()
    wanted, own = (re.search(r"^evaluation = .*$", text[text.index(f"[profiles.{p}]") :], re.M)[0]
                   for p in ("smoke", "paper"))  # fmt: skip
    path.write_text(text.replace(own, wanted.replace('"cpu"', '"paper"')))
    found = tomllib.loads(path.read_text())["profiles"]["paper"]["evaluation"]
    assert found["checkpoints"] == "paper"
