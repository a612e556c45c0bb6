"""What was saved of a style recipe's networks comes back, with the losses that measure it."""

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from dynnet.checkpoints import halved, load_checkpoint, save_checkpoint
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.paper.blocks import new_dynamic
from dynnet.paper.recipe import load_recipe
from dynnet.paper.run import load
from dynnet.paper.style.losses.features import feature_network, features_sha256, style_weight
from dynnet.paper.style.losses.gram import packed
from dynnet.paper.style.losses.objective import objective
from dynnet.paper.style.losses.perceptual import PerceptualTerms
from dynnet.paper.style.network import TransformerNet
from dynnet.paper.style.recipe import Style
from dynnet.paper.style.style_pictures import style_tensor
from dynnet.paper.style.trained import Trained, new_baseline
from tests.tiny import TINY, awake

RECIPE = load_recipe(TINY)
Networks = dict[str, TransformerNet | DynamicNet]


def rounded(module: TransformerNet) -> TransformerNet:
    """With weights as they are after a stay in a file: half precision."""
    return copy.deepcopy(module).half().float().eval()


@pytest.fixture(scope="module")
def terms() -> PerceptualTerms:
    return PerceptualTerms.of_style(feature_network("vgg19_lite"), torch.rand(1, 3, 32, 32))


@pytest.fixture
def networks() -> Networks:
    main = rounded(TransformerNet(2))
    return {
        "main": main,
        "blocks": awake(new_dynamic(main, RECIPE.blocks_at)),
        "fixed_1e6": rounded(TransformerNet(2)),
    }


@pytest.fixture
def saved(tmp_path: Path, networks: Networks, terms: PerceptualTerms) -> Path:
    made_through = {"features": "vgg19_lite", "features_sha256": features_sha256("vgg19_lite")}
    for name, module in networks.items():
        dynamic = isinstance(module, DynamicNet)
        kind = "blocks" if dynamic else "main"
        meta = {"kind": kind, "width": 2, "styles": [], "blocks_at": list(RECIPE.blocks_at), **made_through}
        kept = packed if name == "main" else torch.Tensor.float  # earlier trainings kept the whole of them
        grams = {} if dynamic else {f"gram.{layer}": kept(gram) for layer, gram in terms.targets.items()}
        weights = halved("weights", module.blocks if dynamic else module)
        save_checkpoint(RECIPE.checkpoint_path(tmp_path, name), weights | grams, meta)
    return tmp_path


@pytest.mark.parametrize("made_through", [{"features_sha256": "0123456789"}, {}])
def test_style_features_of_another_network_are_refused(saved: Path, made_through: dict) -> None:
    path = RECIPE.checkpoint_path(saved, "main")
    old = load_checkpoint(path)
    meta = {name: value for name, value in old.meta.items() if name != "features_sha256"} | made_through
    save_checkpoint(path, old.tensors, meta)
    told = "01234567" if made_through else "unnamed"
    with pytest.raises(DynnetError, match=rf"main.safetensors were made through another vgg19_lite \({told}; here is"):
        load(RECIPE, folder=saved)


def test_networks_come_back(saved: Path, networks: Networks) -> None:
    found, x = load(RECIPE, folder=saved), torch.rand(1, 3, 16, 18)
    assert list(found.networks) == ["main", "fixed_1e6"] and list(found.dynamic) == ["blocks"]
    for name, network in found.networks.items():
        assert torch.equal(network(x), networks[name](x)) and not network.training
    blocks = found.dynamic["blocks"]
    assert blocks.main is found.networks["main"] and blocks.names == RECIPE.blocks_at
    torch.testing.assert_close(blocks(x, alpha=0.8), networks["blocks"](x, alpha=0.8), atol=1e-3, rtol=1e-2)
    assert torch.equal(blocks(x, alpha=0.0), networks["main"](x))


def test_a_network_that_does_not_ship_is_loaded_where_it_is_there(saved: Path) -> None:
    networks = [n.model_copy(update={"ships": n.name != "fixed_1e6"}) for n in RECIPE.networks]
    recipe = RECIPE.model_copy(update={"networks": tuple(networks)})
    assert "fixed_1e6" in load(recipe, folder=saved).networks
    RECIPE.checkpoint_path(saved, "fixed_1e6").unlink()
    found = load(recipe, folder=saved)
    assert list(found.networks) == ["main"] and set(found.hashes) == {"main", "blocks"}
    assert list(found.fixed) == [found.recipe.network("main").lambda_style]
    with pytest.raises(DynnetError, match=r"fixed_1e6\.safetensors"):
        load(RECIPE, folder=saved)


def test_fixed_networks_are_in_rising_order_of_lambda(saved: Path) -> None:
    found = load(RECIPE, folder=saved)
    assert list(found.fixed) == [2e4, 1e6]
    assert found.fixed[1e6] is found.networks["fixed_1e6"]


def test_losses_come_back(saved: Path, terms: PerceptualTerms) -> None:
    found, x, y = load(RECIPE, folder=saved), torch.rand(2, 3, 16, 16), torch.rand(2, 3, 16, 16)
    kept = {layer: gram.half().float() for layer, gram in terms.targets.items()}  # the main network's file has them so
    for name, value in PerceptualTerms(terms.features, kept)(y, x).items():
        torch.testing.assert_close(found.terms(y, x)[name], value)


def test_hashes_are_those_of_the_files(saved: Path, networks: Networks) -> None:
    found = load(RECIPE, folder=saved)
    assert found.hashes.keys() == networks.keys() and len(set(found.hashes.values())) == 3


def test_a_blocks_checkpoint_holds_blocks_only(saved: Path) -> None:
    sizes = {name: RECIPE.checkpoint_path(saved, name).stat().st_size for name in ("main", "blocks")}
    assert sizes["blocks"] < sizes["main"]


def test_a_missing_and_a_truncated_checkpoint(saved: Path) -> None:
    path = RECIPE.checkpoint_path(saved, "fixed_1e6")
    path.write_bytes(path.read_bytes()[:-10])
    with pytest.raises(DynnetError, match=r"fixed_1e6\.safetensors is no checkpoint of dynnet"):
        load(RECIPE, folder=saved)
    path.unlink()
    with pytest.raises(DynnetError, match=r"no checkpoint at .*fixed_1e6\.safetensors"):
        load(RECIPE, folder=saved)


def test_a_checkpoint_of_another_kind_is_refused(saved: Path) -> None:
    main, blocks = (RECIPE.checkpoint_path(saved, name) for name in ("main", "blocks"))
    main.write_bytes(blocks.read_bytes())
    with pytest.raises(DynnetError, match="a checkpoint of another network"):
        load(RECIPE, folder=saved)


def test_house_style_and_picture_style(tmp_path: Path) -> None:
    house = style_tensor(Style(house="great_wave", size=32), None)
    assert house.shape == (1, 3, 32, 32) and 0 <= house.min() < house.max() <= 1
    Image.fromarray(np.full((40, 80, 3), 51, np.uint8)).save(tmp_path / "grey.png")
    for style, root in (
        (Style(picture=Path("grey.png"), size=20), tmp_path),
        (Style(picture=tmp_path / "grey.png", size=20), None),
    ):
        torch.testing.assert_close(style_tensor(style, root), torch.full((1, 3, 20, 40), 0.2))
    with pytest.raises(DynnetError, match=r"grey\.png lies below the data root: set DYNNET_DATA, or give --style"):
        style_tensor(Style(picture=Path("grey.png")), None)


def test_the_objective_is_content_plus_lambda_style_plus_a_little_variation(terms: PerceptualTerms) -> None:
    x, y = torch.rand(1, 3, 16, 16), torch.rand(1, 3, 16, 16)
    values = objective(terms, RECIPE, 5e4)(y, x)
    expected = values["content"] + style_weight(5e4, "vgg19_lite") * values["style"] + values["tv"]
    torch.testing.assert_close(values["total"], expected)


def test_checkpoints_lie_by_profile_and_figure_and_shared_ones_with_the_recipe_that_trains_them() -> None:
    assert RECIPE.checkpoint_path(Path("c"), "main") == Path("c/cpu/tiny/main.safetensors")
    shared = RECIPE.network("main").model_copy(update={"of": "fig3/main"})
    recipe = RECIPE.model_copy(update={"networks": (shared, *RECIPE.networks[1:])})
    assert recipe.checkpoint_path(Path("c"), "main") == Path("c/cpu/fig3/main.safetensors")


def test_sets_of_blocks_are_joined_on_their_main_network(saved: Path) -> None:
    recipe = RECIPE.model_copy(update={"together": {"twice": ("blocks",)}})
    found = load(recipe, folder=saved)
    joined, alone, x = found.dynamic["twice"], found.dynamic["blocks"], torch.rand(1, 3, 16, 18)
    assert joined.names == ("blocks/res3", "blocks/out") and joined.main is alone.main
    assert torch.equal(joined(x, alpha={"blocks": 0.7}), alone(x, alpha=0.7))


@pytest.mark.parametrize("kind", ["conditional_in", "adain"])
def test_baselines_come_back(tmp_path: Path, kind: str) -> None:
    features = feature_network("vgg19_lite")
    pictures = {name: torch.rand(1, 3, 32, 32) for name in ("dark", "light")}
    network, x = new_baseline(kind, 2, pictures, features).half().float().eval(), torch.rand(1, 3, 32, 32)
    meta = {"kind": kind, "width": 2, "styles": list(pictures), "features": "vgg19_lite"}
    save_checkpoint(tmp_path / "one.safetensors", halved("weights", network), meta)
    found = Trained.restored(load_checkpoint(tmp_path / "one.safetensors"))
    assert type(found) is type(network) and not found.training
    half = {"dark": 0.5, "light": 0.5}
    torch.testing.assert_close(found(x, half), network(x, half), atol=2e-3, rtol=1e-2)


def test_the_decoder_of_adain_is_twice_as_wide_and_reads_the_styles_statistics() -> None:
    features, picture = feature_network("vgg19_lite"), torch.rand(1, 3, 32, 32)
    network = new_baseline("adain", 3, {"one": picture}, features)
    mean, _ = network.statistics("one")
    torch.testing.assert_close(mean, features(picture)["relu3_4"].mean((0, 2, 3)))
    assert [m.out_channels for m in network.decoder.modules() if isinstance(m, torch.nn.Conv2d)][-2:] == [6, 3]
