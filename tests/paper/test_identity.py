"""A training is known by the content of all that goes into it: what changed is trained anew, and nothing else is."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

from dynnet.checkpoints import load_checkpoint, record, save_checkpoint
from dynnet.paper.data.folders import find_pictures
from dynnet.paper.recipe import load_recipe
from dynnet.paper.run import Folders, train_recipe
from dynnet.paper.style.losses.features import feature_network
from tests.paper.faces.drawn import write_faces
from tests.paper.recorded import hashes
from tests.tiny import TINY

# the main network and its neighbours have one style, `to_picture` has that of a file
RECIPE = (
    TINY.read_text()
    .replace(
        "[[networks]]",
        """painting = { picture = "painting.png", size = 32 }

[[networks]]""",
        1,
    )
    .replace(
        "[profiles.cpu]",
        """[[networks]]
name = "to_picture"
kind = "blocks"
on = "main"
style = "painting"
lambda_style = 2e6

[profiles.cpu]""",
    )
)
for _steps, _rate in ((30, "3e-3"), (8, "3e-3"), (9, "2e-3")):
    RECIPE = RECIPE.replace(f"steps = {_steps}, rate = {_rate}", f"one_cycle = false, steps = 1, rate = {_rate}")
ALL = {"main", "blocks", "fixed_1e6", "to_picture"}


def paint(path: Path, seed: int) -> None:
    """Noise without compression: pictures of any seed are files of one size."""
    path.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(seed).integers(0, 256, (48, 48, 3), np.uint8)
    Image.fromarray(noise).save(path, compress_level=0)


class Workshop:
    """A data root, a recipe and what was trained; every call of `train` says which networks were trained anew."""

    def __init__(self, root: Path):
        self.root, self.text, self.recipe_file = root, RECIPE, root / "recipe.toml"
        self.where = Folders(root / "data", root / "checkpoints", root / "runs", root / "cache")
        paint(root / "data" / "painting.png", 0)
        for number in range(5):
            paint(root / "data" / "photos" / f"{number}.png", 10 + number)

    def rewrite(self, old: str, new: str) -> None:
        assert old in self.text
        self.text = self.text.replace(old, new, 1)

    def train(self, *only: str) -> set[str]:
        before = set(self.where.runs.rglob("*.state"))
        self.recipe_file.write_text(self.text)
        train_recipe(load_recipe(self.recipe_file), self.where, only=only)
        return {path.name.rpartition("-")[0] for path in set(self.where.runs.rglob("*.state")) - before}


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shop = Workshop(tmp_path_factory.mktemp("identity"))
    assert shop.train() == ALL and shop.train() == set()
    return shop.root


@pytest.fixture
def shop(trained: Path, tmp_path: Path) -> Workshop:
    """A copy of the trained one, elsewhere and with other times: neither makes it another training."""
    shutil.copytree(trained, tmp_path / "copy")
    copy = Workshop.__new__(Workshop)
    root = tmp_path / "copy"
    copy.root, copy.text, copy.recipe_file = root, RECIPE, root / "recipe.toml"
    copy.where = Folders(root / "data", root / "checkpoints", root / "runs", root / "cache")
    return copy


def another_painting(shop: Workshop) -> None:
    paint(shop.root / "data" / "painting.png", 1)


def another_photo(shop: Workshop) -> None:
    training = find_pictures(shop.root / "data" / "photos").paths
    for path in training:  # one of them is held out
        paint(path, 99 + int(path.stem))


def rewritten(old: str, new: str) -> Callable[[Workshop], None]:
    return lambda shop: shop.rewrite(old, new)


ONE, TWO = "one_cycle = false, steps = 1", "one_cycle = false, steps = 2"
CHANGES: dict[str, tuple[Callable[[Workshop], None], set[str]]] = {
    "nothing": (lambda shop: None, set()),
    "a title": (rewritten("A tiny recipe", "Another name"), set()),
    "another picture under the style's name": (another_painting, {"to_picture"}),
    "other photos, as many and as large": (another_photo, ALL),
    "one network's lambda": (rewritten("lambda_style = 2e6", "lambda_style = 3e6"), {"to_picture"}),
    "the phase of main networks": (rewritten(f"main = {{ {ONE}", f"main = {{ {TWO}"), ALL),
    "the phase of warm starts": (rewritten(f"warm = {{ {ONE}", f"warm = {{ {TWO}"), {"fixed_1e6"}),
    "the phase of blocks": (rewritten(f"blocks = {{ {ONE}", f"blocks = {{ {TWO}"), {"blocks", "to_picture"}),
    "places of blocks": (rewritten('"res3", ', '"res2", "res3", '), ALL - {"main"}),
    "the loss": (rewritten("total_variation = 1.0", "total_variation = 2.0"), ALL),
    "the seed": (rewritten('figure = "tiny"', 'seed = 1\nfigure = "tiny"'), ALL),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_changed_is_trained_anew_and_what_stands_on_it(shop: Workshop, change: str) -> None:
    apply, expected = CHANGES[change]
    before = hashes(shop.where)
    apply(shop)
    assert shop.train() == expected
    assert expected <= {Path(name).stem for name, value in hashes(shop.where).items() if before[name] != value}
    assert shop.train() == set()  # it is finished now


def test_a_start_network_with_other_weights_is_another_start(shop: Workshop) -> None:
    path = shop.where.checkpoints / "cpu" / "tiny" / "main.safetensors"
    kept = load_checkpoint(path)
    save_checkpoint(path, {name: value * 1.01 for name, value in kept.tensors.items()}, kept.meta)
    record(shop.where.checkpoints, path, {})
    assert shop.train("blocks", "fixed_1e6", "to_picture") == ALL - {"main"}


def test_another_loss_network_is_another_training(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    def altered(name: str) -> nn.Module:
        features = feature_network(name)
        with torch.no_grad():
            next(features.parameters()).mul_(1.01)
        return features

    monkeypatch.setattr("dynnet.paper.style.trainer.feature_network", altered)
    assert shop.train() == ALL


def test_another_version_of_torch_is_noted_and_not_compared(shop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "__version__", "99.0")
    assert shop.train() == set()


def relabel(root: Path, column: str) -> None:
    """Corrects one face's attribute; the table keeps its size."""
    table = root / "faces64" / "attributes.csv"
    lines = table.read_text().splitlines()
    cells, index = lines[2].split(","), lines[0].split(",").index(column)
    cells[index] = str(1 - int(cells[index]))
    table.write_text("\n".join([*lines[:2], ",".join(cells), *lines[3:]]) + "\n")


@pytest.mark.parametrize(
    ("column", "expected"),
    [("Eyeglasses", {"classifier"}), ("Male", {"male", "classifier", "female"})],
)
def test_corrected_attributes_train_anew_whom_they_concern(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, column: str, expected: set[str]
) -> None:
    monkeypatch.setattr("dynnet.paper.faces.generation._STATISTICS", 128)  # of 2048 faces they are most of the work
    where = Folders(write_faces(tmp_path / "data"), tmp_path / "checkpoints", tmp_path / "runs", tmp_path / "cache")
    recipe = load_recipe("fig6", "smoke")
    brief = {key: replace(getattr(recipe.profile, key), steps=2, one_cycle=False)
             for key in ("classifier", "generator", "blocks")}  # fmt: skip
    recipe = recipe.model_copy(update={"profile": recipe.profile.model_copy(update=brief)})

    def train() -> set[str]:
        before = set(where.runs.rglob("*.state"))
        train_recipe(recipe, where, only=["male", "classifier", "female"])
        return {path.name.rpartition("-")[0] for path in set(where.runs.rglob("*.state")) - before}

    assert train() == {"male", "classifier", "female"} and train() == set()
    relabel(where.data, column)
    assert train() == expected
