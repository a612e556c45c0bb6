"""The paper profile in miniature: every recipe trained on COCO and CelebA for a few steps, measured and told.

Sizes of networks, crops and batches are the paper's; the steps are not (`--steps`), and VGG16 has random weights. All
runs in a copy of the checkout, by the commands that a reader would give, on one thread. What a step took goes into
build/paper/measured.csv; `docs/paper_profile.csv` is a copy of one.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from graphlib import TopologicalSorter
from itertools import groupby
from pathlib import Path

import pandas as pd
import pytest
import torch

from dynnet.checkpoints import read_manifest
from dynnet.paper.locations import CHECKPOINTS, PROJECT
from dynnet.paper.recipe import load_recipe, recipe_names
from dynnet.paper.report.figures import all_figures, all_notebooks, missing_packages
from tests.paper.paper_data import write_data, write_random_vgg16

pytestmark = pytest.mark.slow

STEPS, SHORTEST_CYCLE = 2, 8
MEASURED = PROJECT / "build" / "paper" / "measured.csv"
NOTEBOOKS = {figure.name: figure.notebook for figure in all_figures(all_notebooks(PROJECT / "notebooks"))}
PEAK = "peak.txt"
# The command `dynnet`, on a clock that stands while other processes have the core; it leaves its peak of memory.
COMMAND = f"""
import atexit, pathlib, time
time.perf_counter = time.process_time
from dynnet.paper.memory import peak_megabytes
atexit.register(lambda: pathlib.Path({PEAK!r}).write_text(str(peak_megabytes())))
from dynnet.paper.__main__ import main
main()
"""
# What two steps may not give is a walk that leads somewhere: then these notebooks end with the line that says so, where
# they compare what they have rendered and measured.
YOUNG = {
    **dict.fromkeys(("fig3", "other_ways"), "these two share no range of content loss"),
    "fig6": "a calibration takes a curve that rises",
}
LOAD = "from dynnet import paper; print(*paper.load({!r}, 'paper').hashes)"


def in_order() -> list[str]:
    """All recipes, each after those that it borrows networks from."""
    asked = {name: load_recipe(name, "paper").networks for name in recipe_names()}
    return [*TopologicalSorter({a: [n.of.split("/")[0] for n in asked[a] if n.of] for a in asked}).static_order()]


def trained_networks() -> Iterator[tuple[str, list[str]]]:
    """(recipe, networks) of all that the paper profile trains; those that differ by their seed alone go together."""
    for name in in_order():
        trained = [n.name for n in load_recipe(name, "paper").networks if n.kind != "given" and not n.of]
        for _, alike in groupby(trained, key=lambda network: re.sub(r"_\d$", "", network)):
            yield name, list(alike)


def skip_without_packages(name: str) -> None:
    if missing := missing_packages(NOTEBOOKS[name]) if name in NOTEBOOKS else []:
        pytest.skip(f"needs {', '.join(missing)}")


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


def run(checkout: Path, *arguments: str, excuse: str = "") -> str:
    """What Python says; it may fail in no words but those of an excuse."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith("DYNNET_")} | {"OMP_NUM_THREADS": "1"}
    environment = clean | {"PYTHONPATH": str(checkout), "TORCH_HOME": str(checkout.parent / "torch")}
    command = [sys.executable, *arguments]
    with (checkout.parent / "said.txt").open("w+") as said:
        code = subprocess.run(command, cwd=checkout, env=environment, stdout=said, stderr=subprocess.STDOUT).returncode
        said.seek(0)
        text = said.read()
    assert code == 0 or (excuse and excuse in text), text
    return text


def dynnet(checkout: Path, *arguments: str, excuse: str = "") -> tuple[str, float]:
    """What the command says, and its largest memory in GB."""
    said = run(checkout, "-c", COMMAND, *arguments, excuse=excuse)
    return said, float((checkout / PEAK).read_text()) / 2**10


@pytest.mark.parametrize(
    ("name", "networks"), [pytest.param(name, alike, id=f"{name}-{alike[0]}") for name, alike in trained_networks()]
)
def test_networks_are_trained_at_the_papers_size(name: str, networks: list[str], checkout: Path) -> None:
    skip_without_packages(name)
    recipe = load_recipe(name, "paper")
    steps = SHORTEST_CYCLE if recipe.phase(recipe.network(networks[0])).one_cycle else STEPS
    only = [part for network in networks for part in ("--only", network)]
    text, memory = dynnet(checkout, "train", name, "--profile", "paper", "--steps", str(steps), *only)
    for network in networks:
        assert f"{network}.safetensors" in text
        entry = read_manifest(checkout / "data" / "checkpoints")[f"paper/{name}/{network}.safetensors"]
        assert entry["steps"] == steps
        assert re.search("MS-COCO train2014|CelebA", entry["data"])
        (state,) = (checkout / "runs").glob(f"{name}-paper/{network}-*.state")
        keep(name, network, torch.load(state, weights_only=True)["report"]["seconds"] / steps, memory)


def keep(name: str, network: str, seconds: float, memory: float) -> None:
    """Puts a row into the table, in the place of an older one."""
    old = pd.read_csv(MEASURED).to_dict("records") if MEASURED.is_file() else []
    rows = {(row["recipe"], row["network"]): row for row in old}
    rows[name, network] = {"recipe": name, "network": network, "seconds": seconds, "memory": memory}
    MEASURED.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows.values()).round(3).to_csv(MEASURED, index=False)


@pytest.mark.parametrize("name", in_order())
def test_its_networks_are_loaded(name: str, checkout: Path) -> None:
    skip_without_packages(name)
    wanted = {network.name for network in load_recipe(name, "paper").networks if network.kind != "given"}
    text = run(checkout, "-c", LOAD.format(name))
    assert set(text.split()) == wanted


@pytest.mark.parametrize("name", [name for name in in_order() if name in NOTEBOOKS])
def test_its_notebook_measures_what_was_trained(name: str, checkout: Path, tmp_path: Path) -> None:
    """On few pictures: at the paper's counts a CPU takes hours for no other code."""
    skip_without_packages(name)
    measure_less(next((checkout / "dynnet" / "paper").glob(f"*/{name}.toml")))
    figures = tmp_path / "figures"
    arguments = ["--profile", "paper", "--out", str(figures), "--build", str(tmp_path)]
    said, _ = dynnet(checkout, "reproduce", name, *arguments, excuse=YOUNG.get(name, ""))
    if name in YOUNG and YOUNG[name] in said:
        return
    record = json.loads((figures / f"{name}.json").read_text())
    assert record["profile"] == "paper" and record["claims"]
    text, _ = dynnet(checkout, "status", "--figures", str(figures))
    assert name in text


def measure_less(path: Path) -> None:
    """Gives a recipe's paper profile the evaluation of its smoke profile, of the paper profile's networks."""
    text, head = path.read_text(), "[profiles.paper]\n"
    few = tomllib.loads(text)["profiles"]["smoke"]["evaluation"] | {"checkpoints": "paper"}
    above, below = text.split(head)
    below = re.sub(r"^evaluation = .*\n", "", below, flags=re.M)
    below = re.sub(r"^\[profiles\.paper\.evaluation\]\n.*?(?=^\[|\Z)", "", below, flags=re.M | re.S)
    line = ", ".join(f"{key} = {json.dumps(value)}" for key, value in few.items())
    path.write_text(f"{above}{head}evaluation = {{ {line} }}\n{below}")
    assert tomllib.loads(path.read_text())["profiles"]["paper"]["evaluation"] == few
