"""Pairs of styles and the methods that walk between them (section 4.1, disjoint objectives; Figure 4)."""

from collections.abc import Mapping
from dataclasses import dataclass

from torch import Tensor

from dynnet import walks
from dynnet.dynamic import DynamicNet
from dynnet.paper.style.baselines.adain import AdaIN, adain_renderer
from dynnet.paper.style.baselines.mixtures import mixture
from dynnet.paper.style.losses.perceptual import PerceptualTerms
from dynnet.paper.style.network import TransformerNet
from dynnet.paper.style.trained import Trained
from dynnet.walks import Renderer

DYNAMIC, CONDITIONAL, ADAIN, CROSS_FADE = "Dynamic-Net", "Conditional-IN", "AdaIN", "image interpolation"


@dataclass(frozen=True)
class StylePair:
    """From style `a`, the main network's, to style `b`, the blocks'.

    Attributes:
        fixed: the network trained for b alone, which image interpolation fades to.
        methods: {name: renderer over alpha in [0, 1]}.
    """

    a: str
    b: str
    net: DynamicNet
    fixed: TransformerNet
    terms_a: PerceptualTerms
    terms_b: PerceptualTerms
    methods: Mapping[str, Renderer]


def style_pairs(trained: Trained) -> dict[str, StylePair]:
    """The pairs of a recipe by the names of their blocks: those for a style that has a fixed network, too."""
    recipe = trained.recipe
    of_style = {n.style: trained.networks[n.name] for n in recipe.networks if n.kind == "main"}
    found = {}
    for blocks in (n for n in recipe.networks if n.kind == "blocks" and n.style in of_style):
        a, b, net = recipe.network(blocks.on).style, blocks.style, trained.dynamic[blocks.name]
        methods = {DYNAMIC: walks.dynamic(net)}
        for network in trained.baselines.values():
            if isinstance(network, AdaIN):
                methods[ADAIN] = adain_renderer(network, a, b)
            else:
                methods[CONDITIONAL] = mixture(network, a, b)
        methods[CROSS_FADE] = walks.interpolation(net.main, of_style[b])
        terms = trained.styles[a], trained.styles[b]
        found[blocks.name] = StylePair(a, b, net, of_style[b], *terms, methods)
    return found


def rendered(pair: StylePair, x: Tensor, alphas: list[float]) -> dict[str, list[Tensor]]:
    """{method: its pictures of x (1, 3, H, W) at the alphas}."""
    return {method: [y for _, y in walks.walk(renderer, alphas)(x)] for method, renderer in pair.methods.items()}
