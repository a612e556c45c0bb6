"""The strangers' recipe: mistakes are named; blocks and differences are trained, kept, and come back."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from dynnet.checkpoints import load_checkpoint, read_manifest
from dynnet.errors import DynnetError
from dynnet.paper import load
from dynnet.paper.data.batches import PhotoBatches
from dynnet.paper.data.samples import sample_photos
from dynnet.paper.denoising.batches import MosaicBatches
from dynnet.paper.denoising.mosaics import bayer_mosaic
from dynnet.paper.denoising.recipe import Recipe
from dynnet.paper.denoising.trained import Trained
from dynnet.paper.locations import PROJECT, Folders
from dynnet.paper.recipe import load_recipe
from dynnet.paper.run import train_recipe
from tests.paper.denoising.stand_ins import put_in_place

TEXT = (PROJECT / "dynnet/paper/denoising/strangers.toml").read_text()


def tiny() -> Recipe:
    """The smoke profile under the name that notebooks read checkpoints from."""
    return load_recipe("strangers", "smoke").model_copy(update={"profile_name": "cpu"})


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Folders]:
    """All of the recipe, trained once on stand-ins, which stay in place."""
    root = tmp_path_factory.mktemp("strangers")
    made = Folders(None, root / "checkpoints", root / "runs", root / "cache")
    with pytest.MonkeyPatch.context() as patch:
        put_in_place(patch)
        train_recipe(tiny(), made, command="dynnet train strangers")
        yield made


def tensors_of(folders: Folders, name: str) -> dict[str, torch.Tensor]:
    return load_checkpoint(tiny().checkpoint_path(folders.checkpoints, name)).tensors


def test_nothing_is_trained_on_the_noise_that_is_measured_as_unknown() -> None:
    recipe = load_recipe("strangers")
    trained = {point.sigma for network in recipe.networks for point in network.walk}
    assert trained == {0.05, 0.1} and 0.02 in recipe.demosaicking.sigmas
    assert {n.sigma for n in recipe.networks if n.kind == "main"} == set(recipe.demosaicking.sigmas)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("sigma = 0.02\n", "", "fixed_002: 'sigma' and 'start' are for kind"),
        (
            'on = "stylisation"\nlambda_style = 0\n',
            'on = "stylisation"\n',
            "content: blocks, and no others, have 'walk'",
        ),
        ('on = "stylisation"\nlambda_style = 0\n', 'on = "demosaicking"\nlambda_style = 0\n', "content: it belongs on"),
        (
            'name = "demosaicking"\nkind = "given"',
            'name = "other"\nkind = "given"',
            "the networks of others are 'demosaicking' and 'stylisation'",
        ),
        ("index = 19", "index = 26", r"networks\.1\.index"),
        ("index = 19\n", "", "has an 'index'"),
        ("crop = 48", "crop = 30", r"photos\.crop"),
        ("alphas = [0.0, 0.5, 1.0]", "alphas = [0.0, 0.5, 0.9]", "has 0 and 1 among its points"),
        ("shares = [0.0, 0.5, 1.0]", "shares = [0.0, 1.0, 0.5]", "a walk ascends"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in TEXT
    (tmp_path / "changed.toml").write_text('application = "denoising"\n' + TEXT.replace(old, new, 1))
    with pytest.raises(DynnetError, match=said):
        load_recipe(tmp_path / "changed.toml", "smoke")


def test_what_is_trained_comes_back_and_holds_no_weights_of_others(folders: Folders) -> None:
    found = load(tiny(), folder=folders.checkpoints)

    assert list(found.dynamic) == ["denoise", "content", "glass", "denoise_at_one"]
    assert list(found.fixed) == [0.0, 0.02, 0.05, 0.1]
    x = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        for net in found.dynamic.values():
            assert torch.equal(net(x, alpha=0.0), net.main(x)) and not torch.equal(net(x, alpha=1.0), net.main(x))
        assert not torch.equal(found.fixed[0.1](x), found.demosaicking(x))
    ours = [network.name for network in tiny().networks if network.kind != "given"]
    assert set(read_manifest(folders.checkpoints)) == {f"cpu/strangers/{name}.safetensors" for name in ours}
    start = found.demosaicking.state_dict()
    for name in ("fixed_000", "denoise", "denoise_at_one"):
        for kept in tensors_of(folders, name).values():
            assert not any(kept.shape == value.shape and torch.equal(kept, value) for value in start.values())


def test_a_network_is_the_strangers_plus_what_fine_tuning_changed(folders: Folders) -> None:
    kept = tensors_of(folders, "fixed_005")
    back = Trained.restored(load_checkpoint(tiny().checkpoint_path(folders.checkpoints, "fixed_005")))
    start = Trained.give(tiny().network("demosaicking"))
    for name, value in start.state_dict().items():
        torch.testing.assert_close(back.state_dict()[name], value + kept[f"difference.{name}"])
    assert any(value.any() for value in kept.values())


def test_a_training_is_the_recipes_and_nothing_elses(folders: Folders, tmp_path: Path) -> None:
    before = tensors_of(folders, "denoise")
    torch.rand(7)  # whatever was drawn before
    again = Folders(None, tmp_path / "again", tmp_path / "runs_again", folders.cache)
    train_recipe(tiny(), again, only=("denoise",))
    after = tensors_of(again, "denoise")
    assert before.keys() == after.keys() and all(torch.equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("name", ["denoise", "fixed_010", "glass"])
def test_another_version_of_a_package_is_refused(folders: Folders, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    put_in_place(monkeypatch, seed=1)
    recipe = tiny().model_copy(
        update={"networks": tuple(n for n in tiny().networks if n.kind == "given" or n.name == name)}
    )
    with pytest.raises(DynnetError, match=f"{name} belongs to another (demosaicking|stylisation) network"):
        load(recipe, folder=folders.checkpoints)


def test_batches_are_mosaics_of_their_photos_with_noise_in_turn() -> None:
    photos = PhotoBatches(sample_photos(64), 4, 48, seed=3)
    batches = MosaicBatches(photos, 4, (0.0, 0.1), seed=5)
    mosaic, x = batches.batch_at(7)
    assert torch.equal(x, photos.batch_at(7)) and batches.sigmas == (0.0, 0.1, 0.0, 0.1)
    noisy = [not torch.equal(one, clean) for one, clean in zip(mosaic, bayer_mosaic(x), strict=True)]
    assert noisy == [False, True, False, True]
    assert all(torch.equal(a, b) for a, b in zip(batches.batch_at(7), (mosaic, x), strict=True))
    assert not torch.equal(batches.batch_at(8)[0] - bayer_mosaic(batches.batch_at(8)[1]), mosaic - bayer_mosaic(x))


@pytest.mark.parametrize("sigmas", [(), (0.1, 0.2, 0.3)])
def test_noises_that_do_not_fit_a_batch_are_refused(sigmas: tuple[float, ...]) -> None:
    with pytest.raises(DynnetError, match="take turns in a batch of 4"):
        MosaicBatches(PhotoBatches(sample_photos(64), 4, 48), 4, sigmas, seed=0)
