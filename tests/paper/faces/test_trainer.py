"""Figure 6's recipe: mistakes are named, and its networks are trained, saved, and come back."""

import re
from functools import partial
from pathlib import Path

import pytest
import torch

from dynnet.checkpoints import load_checkpoint, read_manifest, restore
from dynnet.errors import DynnetError
from dynnet.paper.faces import stand_ins
from dynnet.paper.faces.network import Discriminator
from dynnet.paper.faces.recipe import Recipe
from dynnet.paper.faces.stand_ins import faces_or_stand_ins, generated_faces
from dynnet.paper.locations import PROJECT
from dynnet.paper.recipe import load_recipe
from dynnet.paper.run import Folders, load, train_recipe
from tests.paper.faces.drawn import write_faces
from tests.paper.recorded import hashes

TEXT = (PROJECT / "dynnet/paper/faces/fig6.toml").read_text()


def tiny() -> Recipe:
    """The smoke profile under the name that notebooks read checkpoints from."""
    return load_recipe("fig6", "smoke").model_copy(update={"profile_name": "cpu"})


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    root = tmp_path_factory.mktemp("fig6")
    return Folders(write_faces(root / "data"), root / "checkpoints", root / "runs", root / "cache")


@pytest.fixture(scope="module")
def trained(folders: Folders) -> Folders:
    train_recipe(tiny(), folders, command="dynnet train fig6")
    return folders


def test_the_papers_two_panels() -> None:
    recipe = load_recipe("fig6", "paper")
    assert recipe.profile.width == 128 and recipe.profile.generator.rate == 2e-4
    women, blond = recipe.network("female"), recipe.network("blond")
    assert (recipe.network(women.on).faces, women.faces, women.towards) == ("Male", "not Male", "not Male")
    assert recipe.network(blond.on).faces == "Black_Hair or Brown_Hair" and blond.faces == "Blond_Hair"
    assert women.blocks_at == ("up3",) and len(recipe.network("female_two").blocks_at) == 2


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('faces = "Male"', 'faces = "Male and"', "attributes 'Male and': expected"),
        ('faces = "Male"\n', "", r"male: kind = 'generator' has faces"),
        ('on = "male"', 'on = "blond"', "female: the network 'blond' must come before it"),
        ('towards = "Blond_Hair"', 'towards = "Hat"', "blond: no classifier knows 'Hat'; there are Bangs, Black_Hair"),
        ('blocks_at = ["up2", "up3"]', 'blocks_at = ["up9"]', "a generator has no child 'up9'"),
        ('kind = "classifier"', 'kind = "judge"', r"networks\.2\.kind"),
        ("width = 48", 'width = 48\naugment = "no"', "unknown key 'profile.augment'"),
        ("generator = { steps = 5500, rate = 2e-4", 'generator = { augmentations = ["spin"], steps = 8000, rate = 2e-4',
         "no augmentation 'spin'"),
    ],
)  # fmt: skip
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in TEXT
    (tmp_path / "changed.toml").write_text('application = "faces"\n' + TEXT.replace(old, new, 1))
    with pytest.raises(DynnetError, match=said):
        load_recipe(tmp_path / "changed.toml")


def test_every_network_is_recorded_with_its_faces(trained: Folders) -> None:
    manifest = read_manifest(trained.checkpoints)
    assert list(manifest) == sorted(f"cpu/fig6/{network.name}.safetensors" for network in tiny().networks)
    assert manifest["cpu/fig6/male.safetensors"]["faces"] == "12 that are Male"
    assert manifest["cpu/fig6/blond.safetensors"]["faces"] == "8 that are Blond_Hair"
    held_out = manifest["cpu/fig6/classifier.safetensors"]["held_out"]
    assert held_out["faces"] == 2 and set(held_out["accuracy"]) == set(tiny().only("classifier").attributes)
    assert all(entry["data"] == "24 x CelebA (faces64), 64 px" for entry in manifest.values())


def test_networks_come_back_and_alpha_0_is_the_main_network(trained: Folders) -> None:
    found = load(tiny(), folder=trained.checkpoints)
    assert list(found.generators) == ["male", "dark"] and list(found.dynamic) == [
        "female",
        "blond",
        "smiling",
        "female_two",
    ]
    assert not any(module.training for module in found.modules())
    latents = torch.randn(3, 100)
    for name, net in found.dynamic.items():
        main = found.generators[tiny().network(name).on]
        assert net.main is main and torch.equal(net(latents, alpha=0.0), main(latents))
        assert not torch.equal(net(latents, alpha=1.0), main(latents))
    assert found.classifier(found.generators["male"](latents)).shape == (3, 12)


def test_a_generators_file_holds_the_discriminator_that_phase_2_goes_on_from(trained: Folders) -> None:
    checkpoint = load_checkpoint(tiny().checkpoint_path(trained.checkpoints, "male"))
    discriminator = restore(Discriminator(4), checkpoint.part("discriminator"), checkpoint.path)
    logits = discriminator(torch.rand(2, 3, 64, 64))
    assert logits.shape == (2,) and logits.isfinite().all()
    assert not load_checkpoint(tiny().checkpoint_path(trained.checkpoints, "female")).part("discriminator")


def test_the_same_recipe_gives_the_same_bytes(trained: Folders, tmp_path: Path) -> None:
    again = Folders(trained.data, tmp_path / "checkpoints", tmp_path / "runs", trained.cache)
    train_recipe(tiny(), again, only=["male", "female"])
    assert hashes(again).items() <= hashes(trained).items() and len(hashes(again)) == 2


def test_a_sub_set_smaller_than_a_batch_is_refused(folders: Folders, tmp_path: Path) -> None:
    recipe = tiny()
    rare = recipe.network("male").model_copy(update={"faces": "Male and Blond_Hair and Smiling"})
    recipe = recipe.model_copy(update={"networks": (rare, *recipe.networks[1:])})
    with pytest.raises(DynnetError, match="expected at least 8 faces for batches of male, got 2"):
        train_recipe(recipe, folders, only=["male"])


def test_attributes_that_lack_a_column_are_refused(tmp_path: Path) -> None:
    root = write_faces(tmp_path / "data")
    table = root / "faces64" / "attributes.csv"
    table.write_text(table.read_text().replace("Eyeglasses", "Glasses"))
    where = Folders(root, tmp_path / "checkpoints", tmp_path / "runs", tmp_path / "cache")
    with pytest.raises(DynnetError, match="Eyeglasses"):
        train_recipe(tiny(), where, only=["classifier"])


def test_blocks_need_their_generator(folders: Folders, tmp_path: Path) -> None:
    where = Folders(folders.data, tmp_path / "checkpoints", tmp_path / "runs", folders.cache)
    with pytest.raises(DynnetError, match=r"no checkpoint at .*male\.safetensors"):
        train_recipe(tiny(), where, only=["female"])


def test_faces_of_the_generators_stand_in_where_there_are_none(trained: Folders, tmp_path: Path) -> None:
    found = load(tiny(), folder=trained.checkpoints)
    makers = [*found.generators.values(), found.dynamic["blond"]]
    faces = generated_faces(makers, 100, found.classifier, 5)
    assert len(faces) == 15 and faces.size == 64 and faces.name == "faces of the shipped networks"
    latents = torch.randn(5, 100, generator=torch.Generator().manual_seed(0))
    expected = found.generators["male"](latents).detach()
    shown = torch.from_numpy(faces.squares[:5]).permute(0, 3, 1, 2) / 255
    torch.testing.assert_close(shown, expected, atol=0.5 / 255 + 1e-6, rtol=0)
    labels = found.classifier(expected) > 0
    assert faces.attributes.to_numpy()[:5].tolist() == labels.tolist()
    with pytest.raises(DynnetError, match="got neither"):  # a root that is named is meant
        faces_or_stand_ins(tmp_path, 64, tmp_path, trained.checkpoints)
    assert re.match(r"CelebA", faces_or_stand_ins(trained.data, 64, tmp_path, trained.checkpoints).name)


def test_stand_ins_are_made_once_whatever_size_is_asked_for(
    trained: Folders, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made_of = partial(faces_or_stand_ins, None, cache=tmp_path, checkpoints=trained.checkpoints, count=4)
    faces = made_of(64)
    (kept,) = tmp_path.glob("stand_ins-*.npz")
    kept.write_bytes(kept.read_bytes()[:1000])  # damaged: made again
    assert made_of(64).fingerprint == faces.fingerprint

    assert 2 * len(made_of(64, count=2)) == len(faces)  # as many as are asked for, whatever was kept

    def made(*_: object) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr(stand_ins, "generated_faces", made)
    for size in (64, 96):
        again = made_of(size)
        assert again.size == size and again.name == faces.name and again.attributes.equals(faces.attributes)
        back = stand_ins.resized(again, 64).squares.astype(float) - faces.squares
        assert abs(back).mean() < 4  # grey levels; there and back is the same picture, a little softer
