"""Pairs of styles: found by their blocks, with every method between the same two ends."""

import pytest
import torch

from dynnet.paper.blocks import new_dynamic
from dynnet.paper.recipe import load_recipe
from dynnet.paper.style.losses.features import feature_network
from dynnet.paper.style.losses.perceptual import PerceptualTerms
from dynnet.paper.style.network import TransformerNet
from dynnet.paper.style.pairs import ADAIN, CONDITIONAL, CROSS_FADE, DYNAMIC, rendered, style_pairs
from dynnet.paper.style.recipe import Network, Style
from dynnet.paper.style.trained import Trained, new_baseline
from tests.tiny import TINY, awake

X = torch.rand(1, 3, 32, 32)


@pytest.fixture(scope="module")
def trained() -> Trained:
    torch.manual_seed(0)
    networks = (
        Network(name="one", kind="main", style="a", lambda_style=1),
        Network(name="to_b", kind="blocks", on="one", style="b", lambda_style=1),
        Network(name="to_c", kind="blocks", on="one", style="c", lambda_style=1),  # no fixed network: no pair
        Network(name="other", kind="main", style="b", lambda_style=1),
        *(Network(name=kind, kind=kind, styles=("a", "b", "c")) for kind in ("conditional_in", "adain")),
    )
    styles = {name: Style(house="woodcut", seed=i, size=32) for i, name in enumerate("abc")}
    recipe = load_recipe(TINY).model_copy(update={"networks": networks, "styles": styles})
    features, pictures = feature_network("vgg19_lite"), {name: torch.rand(1, 3, 32, 32) for name in "abc"}
    mains = {"one": TransformerNet(2).eval(), "other": TransformerNet(2).eval()}
    dynamic = {name: awake(new_dynamic(mains["one"], ("res3",))) for name in ("to_b", "to_c")}
    kinds = ("conditional_in", "adain")
    baselines = {kind: new_baseline(kind, 2, pictures, features).eval() for kind in kinds}
    terms = {name: PerceptualTerms.of_style(features, picture) for name, picture in pictures.items()}
    return Trained(recipe, mains | baselines, dynamic, {}, terms)


def test_a_pair_is_blocks_for_a_style_that_has_a_fixed_network(trained: Trained) -> None:
    pairs = style_pairs(trained)
    assert list(pairs) == ["to_b"]
    pair = pairs["to_b"]
    assert (pair.a, pair.b) == ("a", "b") and pair.fixed is trained.networks["other"]
    assert pair.net is trained.dynamic["to_b"] and pair.terms_b is trained.styles["b"]
    assert list(pair.methods) == [DYNAMIC, CONDITIONAL, ADAIN, CROSS_FADE]


@torch.no_grad()
def test_every_method_goes_from_its_picture_in_a_to_its_picture_in_b(trained: Trained) -> None:
    pair = style_pairs(trained)["to_b"]
    found = rendered(pair, X, [0.0, 0.5, 1.0])
    baselines = trained.baselines
    ends = {
        DYNAMIC: (pair.net.main(X), pair.net(X, alpha=1.0)),
        CONDITIONAL: tuple(baselines["conditional_in"](X, style) for style in "ab"),
        ADAIN: tuple(baselines["adain"](X, style) for style in "ab"),
        CROSS_FADE: (pair.net.main(X), pair.fixed(X)),
    }
    for method, (start, end) in ends.items():
        torch.testing.assert_close(found[method][0], start, rtol=0, atol=1e-5)
        torch.testing.assert_close(found[method][2], end, rtol=0, atol=1e-5)
    torch.testing.assert_close(found[CROSS_FADE][1], (ends[CROSS_FADE][0] + ends[CROSS_FADE][1]) / 2)
