"""Training of a whole recipe: reproducible to the byte, also when it is killed on the way."""

from functools import partial
from pathlib import Path

import pytest
import torch
from torch import Tensor

from dynnet.checkpoints import load_checkpoint, read_manifest
from dynnet.errors import DynnetError
from dynnet.launching import Run
from dynnet.paper.data.batches import PhotoBatches
from dynnet.paper.recipe import load_recipe
from dynnet.paper.run import Folders, load, train_recipe
from tests.kills import Killed
from tests.paper.recorded import hashes
from tests.tiny import TINY


def folders(root: Path) -> Folders:
    return Folders(None, root / "checkpoints", root / "runs", root / "cache")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    where = folders(tmp_path_factory.mktemp("trained"))
    train_recipe(load_recipe(TINY), where, command="dynnet train tiny")
    return where


def test_every_network_has_a_checkpoint_and_a_manifest_line(trained: Folders) -> None:
    names = [f"cpu/tiny/{name}.safetensors" for name in ("blocks", "fixed_1e6", "main")]
    manifest = read_manifest(trained.checkpoints)
    assert list(manifest) == names
    assert sorted(p.relative_to(trained.checkpoints).as_posix() for p in trained.checkpoints.rglob("*.*")) == [
        "MANIFEST.json",
        *names,
    ]
    assert [manifest[name]["steps"] for name in names] == [9, 8, 30]
    for entry in manifest.values():
        assert entry["command"] == "dynnet train tiny" and entry["seed"] == 0
        assert "scikit-image photographs, 48 px" in entry["data"]
        assert {"total", "content", "style", "tv"} <= entry["last_losses"].keys()
        step, total = entry["curve"][-1]
        assert step == entry["steps"] and total == pytest.approx(entry["last_losses"]["total"], abs=1e-3)


def test_another_seed_draws_other_weights_and_says_which(trained: Folders, tmp_path: Path) -> None:
    train_recipe(load_recipe(TINY, seed=7, steps=8), folders(tmp_path), only=["main"])
    train_recipe(load_recipe(TINY, steps=8), folders(tmp_path / "own"), only=["main"])
    (other,), (own,) = (read_manifest(where / "checkpoints").values() for where in (tmp_path, tmp_path / "own"))
    assert other["seed"] == 7 and own["seed"] == 0 and other["sha256"] != own["sha256"]


def test_what_is_trained_can_be_loaded_and_does_what_it_was_trained_for(trained: Folders) -> None:
    found = load(TINY, folder=trained.checkpoints)
    assert set(found.hashes.values()) == set(hashes(trained).values())
    x = torch.rand(1, 3, 32, 32)
    net = found.dynamic["blocks"]
    assert torch.equal(net(x, alpha=0.0), found.networks["main"](x))
    assert not torch.equal(net(x, alpha=1.0), found.networks["main"](x))


def test_a_warm_start_is_near_the_network_it_starts_from(trained: Folders) -> None:
    main, fixed, blocks = (
        load_checkpoint(trained.checkpoints / "cpu" / "tiny" / f"{name}.safetensors").part("weights")
        for name in ("main", "fixed_1e6", "blocks")
    )
    moved = max((fixed[name] - value).abs().max().item() for name, value in main.items())
    assert 0 < moved < 8 * 3e-3 + 1e-3  # Adam moves a weight by about its rate a step
    assert {name.split(".")[0] for name in blocks} == {"res3", "out"}


def test_the_same_recipe_gives_the_same_bytes_though_it_is_killed_twice(
    trained: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dynnet.paper.trainer.Run", partial(Run, save_every=25))
    where, recipe, batch_at = folders(tmp_path), load_recipe(TINY), PhotoBatches.batch_at

    def train(killed_at: int | None) -> list[int]:
        """Trains, and is killed when it asks for its batch number `killed_at`; the steps asked for."""
        steps: list[int] = []

        def watched(self: PhotoBatches, step: int) -> Tensor:
            if len(steps) == killed_at:
                raise Killed
            steps.append(step)
            return batch_at(self, step)

        monkeypatch.setattr(PhotoBatches, "batch_at", watched)
        if killed_at is None:
            train_recipe(recipe, where)
        else:
            with pytest.raises(Killed):
                train_recipe(recipe, where)
        return steps

    assert train(killed_at=28)[-1] == 27
    assert not where.checkpoints.exists()
    assert train(killed_at=5 + 4) == [25, 26, 27, 28, 29, 0, 1, 2, 3]
    assert list(hashes(where)) == ["cpu/tiny/main.safetensors"]
    assert train(killed_at=None) == [*range(9), *range(8)]
    assert hashes(where) == hashes(trained)
    assert train(killed_at=None) == []  # all is done
    assert hashes(where) == hashes(trained)


def test_only_the_networks_asked_for_are_trained(trained: Folders, tmp_path: Path) -> None:
    paths = train_recipe(load_recipe(TINY), folders(tmp_path), only=["main"])
    assert [path.name for path in paths] == ["main.safetensors"]
    assert list(hashes(folders(tmp_path)).items()) == [
        ("cpu/tiny/main.safetensors", hashes(trained)["cpu/tiny/main.safetensors"])
    ]


def test_steps_of_ones_own_are_those_of_every_network(tmp_path: Path) -> None:
    where = folders(tmp_path)
    with pytest.raises(DynnetError, match="a one-cycle schedule needs at least 8 steps, got 2"):
        train_recipe(load_recipe(TINY, steps=2), where)
    assert not list(tmp_path.rglob("*.safetensors"))
    train_recipe(load_recipe(TINY, steps=8), where)
    assert [entry["steps"] for entry in read_manifest(where.checkpoints).values()] == [8, 8, 8]


def test_another_seed_is_another_training(trained: Folders, tmp_path: Path) -> None:
    recipe = load_recipe(TINY).model_copy(update={"seed": 1})
    where = Folders(None, tmp_path, trained.runs, trained.cache)  # beside the states of seed 0
    train_recipe(recipe, where, only=["main"])
    name = "cpu/tiny/main.safetensors"
    assert hashes(where)[name] != hashes(trained)[name]


def test_what_a_network_stands_on_must_be_trained_before(tmp_path: Path) -> None:
    with pytest.raises(DynnetError, match=r"no checkpoint at .*main\.safetensors: train it"):
        train_recipe(load_recipe(TINY), folders(tmp_path), only=["blocks"])
    with pytest.raises(DynnetError, match="no network 'head'; it has main, blocks, fixed_1e6"):
        train_recipe(load_recipe(TINY), folders(tmp_path), only=["main", "head"])
    assert not list(tmp_path.rglob("*.*"))


def test_a_style_that_is_no_picture_leaves_nothing_behind(tmp_path: Path) -> None:
    style = tmp_path / "notes.jpg"
    style.write_text("no picture")
    with pytest.raises(DynnetError, match=r"notes\.jpg: expected a JPEG, PNG or WebP picture"):
        train_recipe(load_recipe(TINY, style=style), folders(tmp_path))
    assert list(tmp_path.rglob("*.*")) == [style]


def test_a_diverged_training_writes_no_checkpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PhotoBatches, "batch_at", lambda self, step: torch.full((1, 3, 16, 16), float("nan")))
    with pytest.raises(DynnetError, match="tiny main: the loss is nan at step 0"):
        train_recipe(load_recipe(TINY), folders(tmp_path))
    assert not (tmp_path / "checkpoints").exists()


SEVERAL = (
    TINY.read_text()
    .replace("main = { steps = 30,", "main = { steps = 8,")
    .replace(
        'default = { house = "great_wave", seed = 0, size = 32 }',
        """default = { house = "great_wave", seed = 0, size = 32 }
other = { house = "woodcut", seed = 0, size = 32, lambda_style = 3e5 }""",
    )
    .replace(
        "[profiles.cpu]",
        """[[networks]]
name = "to_other"
kind = "blocks"
on = "main"
style = "other"

[[networks]]
name = "cin"
kind = "conditional_in"
styles = ["default", "other"]
lambda_style = 1e5

[[networks]]
name = "adain"
kind = "adain"
styles = ["default", "other"]
lambda_style = 0

[profiles.cpu]
conditional_in = { steps = 10, rate = 3e-3 }
adain = { steps = 8, rate = 3e-3 }""",
    )
)


def test_blocks_for_another_style_and_baselines_of_several_styles(tmp_path: Path) -> None:
    (tmp_path / "several.toml").write_text(SEVERAL)
    recipe = load_recipe(tmp_path / "several.toml")
    train_recipe(recipe, folders(tmp_path))
    manifest = read_manifest(tmp_path / "checkpoints")
    assert [manifest[f"cpu/tiny/{name}.safetensors"]["steps"] for name in ("to_other", "cin", "adain")] == [9, 10, 8]
    described = manifest["cpu/tiny/cin.safetensors"]["network"]
    assert described["lambda_style"] == {"default": 1e5, "other": 1e5} and set(described["style_picture"]) == {
        "default",
        "other",
    }
    grams = {
        n: load_checkpoint(tmp_path / f"checkpoints/cpu/tiny/{n}.safetensors").part("gram")
        for n in ("blocks", "to_other")
    }
    assert not grams["blocks"] and grams["to_other"]  # the main network keeps the first style's
    found = load(recipe, folder=tmp_path / "checkpoints")
    assert set(found.styles) == {"default", "other"} and set(found.baselines) == {"cin", "adain"}
    assert found.styles["default"].features is found.styles["other"].features
    x = torch.rand(1, 3, 32, 32)
    for network in found.baselines.values():
        assert not torch.equal(network(x, "default"), network(x, "other"))


def test_gram_matrices_are_kept_once_with_the_main_network_of_their_style(tmp_path: Path) -> None:
    own = '[[networks]]\nname = "own"\nkind = "main"\nstyle = "other"\n\n[[networks]]\nname = "cin"'
    (tmp_path / "own.toml").write_text(SEVERAL.replace('[[networks]]\nname = "cin"', own))
    recipe = load_recipe(tmp_path / "own.toml", steps=8)
    train_recipe(recipe, folders(tmp_path), only=["main", "blocks", "fixed_1e6", "to_other", "own"])
    kept = {
        n: sorted(load_checkpoint(recipe.checkpoint_path(tmp_path / "checkpoints", n)).part("gram"))
        for n in ("main", "blocks", "fixed_1e6", "to_other", "own")
    }
    layers = ["relu1_2", "relu2_2", "relu3_4"]
    assert kept == {"main": layers, "blocks": [], "fixed_1e6": layers, "to_other": [], "own": layers}


MIXED = (
    SEVERAL[: SEVERAL.index('[[networks]]\nname = "cin"')]
    + """[[networks]]
name = "together"
kind = "together"
on = "main"
schedule = "together"
sets = ["blocks", "to_other"]

[[networks]]
name = "mixed"
kind = "main"
start = "main"
mixture = { default = 1e5, other = 3e5 }

[profiles.cpu.schedules]
together = { steps = 8, rate = 1e-3 }

"""
    + SEVERAL[SEVERAL.index("[profiles.cpu]") :]
)


def test_sets_trained_together_start_as_each_was_alone_and_a_mixture_has_every_style(tmp_path: Path) -> None:
    (tmp_path / "mixed.toml").write_text(MIXED)
    recipe = load_recipe(tmp_path / "mixed.toml", steps=8)
    train_recipe(recipe, folders(tmp_path))
    manifest = read_manifest(tmp_path / "checkpoints")
    together, mixed = (manifest[f"cpu/tiny/{name}.safetensors"] for name in ("together", "mixed"))
    assert {"total", "content", "blocks", "to_other", "tv"} <= together["last_losses"].keys()
    assert {"total", "content", "default", "other", "tv"} <= mixed["last_losses"].keys()
    assert together["network"]["lambda_style"] == {"blocks": 1e6, "to_other": 3e5}
    assert mixed["network"]["lambda_style"] == {"default": 1e5, "other": 3e5}
    weights = {
        name: load_checkpoint(tmp_path / f"checkpoints/cpu/tiny/{name}.safetensors").part("weights")
        for name in ("main", "blocks", "to_other", "together", "mixed")
    }
    for name in ("blocks", "to_other"):
        of_set = {key.removeprefix(f"{name}/"): w for key, w in weights["together"].items() if key.startswith(name)}
        moved = [(of_set[key] - w).abs().max().item() for key, w in weights[name].items()]
        assert of_set.keys() == weights[name].keys() and 0 < max(moved) < 0.05  # eight steps of a thousandth
    moved = [(weights["mixed"][key] - w).abs().max().item() for key, w in weights["main"].items()]
    assert 0 < max(moved) < 0.1

    found = load(recipe, folder=tmp_path / "checkpoints")
    net, x = found.dynamic["together"], torch.rand(1, 3, 32, 32)
    assert [*net.sets] == ["blocks", "to_other"] and "together" in recipe.of_pictures()
    assert torch.equal(net(x, alpha={"blocks": 0.0, "to_other": 0.0}), found.networks["main"](x))
    assert not torch.equal(net(x, alpha={"blocks": 1.0}), net(x, alpha={"to_other": 1.0}))
    assert found.networks["mixed"] not in found.fixed.values()


def test_a_network_of_another_recipe_is_trained_where_it_belongs_and_only_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recipe = load_recipe(TINY, steps=8)
    shared = recipe.network("main").model_copy(update={"of": "elsewhere/main"})
    borrowing = recipe.model_copy(update={"figure": "borrower", "networks": (shared, recipe.network("blocks"))})
    elsewhere = recipe.model_copy(update={"figure": "elsewhere"})
    asked = {("elsewhere", 8, borrowing.seed): elsewhere}
    monkeypatch.setattr("dynnet.paper.run.load_recipe", lambda name, profile, steps, seed: asked[name, steps, seed])
    where = folders(tmp_path)
    train_recipe(borrowing, where)
    assert list(hashes(where)) == ["cpu/borrower/blocks.safetensors", "cpu/elsewhere/main.safetensors"]
    monkeypatch.delattr("dynnet.paper.run.load_recipe")
    train_recipe(borrowing, where)  # it is there: its recipe is not asked again
