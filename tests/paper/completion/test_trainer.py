"""Figure 7's recipe: mistakes are named, and its networks are trained, saved, and come back."""

from pathlib import Path

import pytest
import torch

from dynnet.checkpoints import load_checkpoint, read_manifest
from dynnet.errors import DynnetError
from dynnet.paper.completion.recipe import Recipe
from dynnet.paper.locations import PROJECT
from dynnet.paper.recipe import load_recipe
from dynnet.paper.run import Folders, load, train_recipe
from tests.paper.faces.drawn import write_faces
from tests.paper.recorded import hashes

BEFORE = PROJECT / "docs" / "remedies" / "fig7_shorter_main.toml"
REMEDIES = sorted(set(BEFORE.parent.glob("fig7_*.toml")) - {BEFORE})
TEXT = (PROJECT / "dynnet/paper/completion/fig7.toml").read_text()


def tiny(figure: str = "fig7") -> Recipe:
    """The smoke profile under the name that notebooks read checkpoints from."""
    return load_recipe(figure, "smoke").model_copy(update={"profile_name": "cpu"})


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Folders:
    root = tmp_path_factory.mktemp("fig7")
    folders = Folders(write_faces(root / "data"), root / "checkpoints", root / "runs", root / "cache")
    train_recipe(tiny("fig6"), folders, only=["classifier"])
    train_recipe(tiny(), folders, command="dynnet train fig7")
    return folders


def test_the_papers_lambda_and_two_others() -> None:
    recipe = load_recipe("fig7", "paper")
    assert recipe.network("main").adversarial == 0.005
    weights = [network.adversarial for network in recipe.networks if network.kind == "main"]
    assert len(set(weights)) == 4 and 0 in weights and max(weights) >= 10 * 0.005
    walked = {network.on for network in recipe.networks if network.kind == "blocks"}
    assert walked == {network.name for network in recipe.networks if network.adversarial}
    assert recipe.profile.warm is None and len(recipe.blocks_at) == 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('on = "main"', 'on = "blocks"', "blocks: the network 'blocks' must come before it"),
        ('on = "main"', 'on = "main"\nadversarial = 1', "blocks: 'adversarial' is for kind"),
        ('kind = "blocks"\non = "main"', 'kind = "blocks"', "blocks: 'on' is for kind"),
        ('of = "fig6/classifier"\n', "", "classifier: kind = \"classifier\" needs 'of'"),
        (
            'name = "critic"\nkind = "critic"',
            'name = "other"\nkind = "main"',
            "expected one network of kind = 'critic', got 0",
        ),
        ("adversarial = 0.05\n", "adversarial = -1\n", r"networks\.2\.adversarial"),
        ("size = 64", "size = 65", r"profile\.size"),
        ("size = 64", "size = 64\nhole = [0.25, 1.5]", r"profile\.hole"),
        ('figure = "fig7"', 'figure = "fig7"\nblocks_at = ["up9"]', "a completion net has no child 'up9'"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, old: str, new: str, said: str) -> None:
    assert old in TEXT
    (tmp_path / "changed.toml").write_text('application = "completion"\n' + TEXT.replace(old, new, 1))
    with pytest.raises(DynnetError, match=said):
        load_recipe(tmp_path / "changed.toml", "smoke")


def test_holes_anywhere_are_a_range_and_its_largest_is_measured(tmp_path: Path) -> None:
    (tmp_path / "anywhere.toml").write_text(
        'application = "completion"\n' + TEXT.replace("size = 64", "size = 64\nhole = [0.25, 0.6]", 1)
    )
    profile = load_recipe(tmp_path / "anywhere.toml", "smoke").profile
    assert profile.hole == (0.25, 0.6) and profile.measured_hole == 0.6
    assert load_recipe("fig7", "smoke").profile.measured_hole == 0.5


def differences(recipe: Recipe, other: Recipe) -> set[str]:
    own, theirs = recipe.profile.model_dump(), other.profile.model_dump()
    found = {key for key in own if own[key] != theirs[key]}
    found |= {"blocks_at"} if recipe.blocks_at != other.blocks_at else set()
    known = {network.adversarial for network in other.networks}
    return found | ({"lambda"} if any(network.adversarial not in known for network in recipe.networks) else set())


def test_the_remedies_start_from_figure_7_with_shorter_adversarial_training() -> None:
    before, shipped = load_recipe(BEFORE), load_recipe("fig7")
    assert differences(before, shipped) == {"warm"} and before.profile.warm.steps < shipped.profile.warm.steps


@pytest.mark.parametrize("path", REMEDIES, ids=lambda path: path.stem)
def test_a_remedy_differs_in_one_thing_and_borrows_the_rest(path: Path) -> None:
    remedy = load_recipe(path)
    assert len(differences(remedy, load_recipe(BEFORE))) == 1
    assert {"fig7/l1", "fig7/critic", "fig6/classifier"} <= {network.of for network in remedy.networks}


def test_every_network_is_recorded(trained: Folders) -> None:
    manifest = read_manifest(trained.checkpoints)
    own = {f"cpu/fig7/{network.name}.safetensors" for network in tiny().networks if not network.of}
    assert set(manifest) == own | {"cpu/fig6/classifier.safetensors"}
    assert manifest["cpu/fig7/main.safetensors"]["network"]["adversarial"] == 0.005
    assert {"l1", "discriminator", "generator"} <= manifest["cpu/fig7/main.safetensors"]["last_losses"].keys()
    assert all(manifest[name]["data"] == "22 x CelebA (faces64), 64 px" for name in own)  # a tenth is held out


def test_networks_come_back_and_alpha_0_is_the_main_network(trained: Folders) -> None:
    found = load(tiny(), folder=trained.checkpoints)
    assert list(found.of_kind("main")) == ["l1", "main", "strong", "weak"]
    x = torch.cat([torch.rand(2, 3, 64, 64), torch.zeros(2, 1, 64, 64)], 1)
    x[:, 3, 16:48, 16:48] = 1
    for name, net in found.dynamic.items():
        main = found.networks[tiny().network(name).on]
        assert net.main is main and torch.equal(net(x, alpha=0.0), main(x))
        assert not torch.equal(net(x, alpha=1.0), main(x))
        assert torch.equal(net(x, alpha=0.3)[:, :, :16], x[:, :3, :16])  # known pixels stay
    assert found.critic(x).ndim == 3 and set(found.hashes) == {network.name for network in tiny().networks}


def test_a_warm_start_is_near_the_network_it_starts_from(trained: Folders) -> None:
    weights = {
        n: load_checkpoint(tiny().checkpoint_path(trained.checkpoints, n)).part("weights") for n in ("l1", "main")
    }
    moved = max((weights["main"][name] - value).abs().max().item() for name, value in weights["l1"].items())
    assert 0 < moved < 4 * 2e-4 + 1e-3  # four steps of Adam, and rounding


def test_the_same_recipe_gives_the_same_bytes(trained: Folders, tmp_path: Path) -> None:
    again = Folders(trained.data, tmp_path / "checkpoints", tmp_path / "runs", trained.cache)
    train_recipe(tiny(), again, only=["l1", "main", "blocks"])
    assert hashes(again).items() <= hashes(trained).items() and len(hashes(again)) == 3
