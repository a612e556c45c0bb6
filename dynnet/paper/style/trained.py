"""The style figures' trained networks (section 4.1), and the losses that measure them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

import torch
from torch import Tensor, nn

from dynnet.checkpoints import Checkpoint
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.joining import join
from dynnet.paper.style.baselines.adain import AdaIN
from dynnet.paper.style.baselines.conditional_in import ConditionalIN
from dynnet.paper.style.baselines.conditioned import Conditioned
from dynnet.paper.style.baselines.coupling import CoupledBlock
from dynnet.paper.style.baselines.weight_tuning import WeightTuned
from dynnet.paper.style.losses.features import feature_network, features_sha256
from dynnet.paper.style.losses.gram import GramTargets, unpacked
from dynnet.paper.style.losses.perceptual import PerceptualTerms
from dynnet.paper.style.losses.vgg import VGGTrunk
from dynnet.paper.style.network import TransformerNet
from dynnet.paper.style.recipe import Recipe
from dynnet.paper.trained import BaseTrained


@dataclass
class Trained(BaseTrained):
    """A style recipe's networks: main and fixed ones, Conditional-IN and AdaIN, and Dynamic-Nets.

    Attributes:
        styles: the losses of every style, by the recipe's names; they share one feature network.
        The others are `BaseTrained`'s.
    """

    recipe: Recipe
    styles: dict[str, PerceptualTerms] = field(default_factory=dict)

    @staticmethod
    def build(meta: Mapping[str, Any]) -> nn.Module:
        kind, width = meta.get("kind"), int(meta.get("width", 0))
        if kind == "conditioned":
            return Conditioned(width)
        if kind not in ("conditional_in", "adain"):
            return TransformerNet(width)
        # AdaIN keeps its styles' statistics with its weights, so any picture will do to make their places. Always in
        # memory: its encoder runs to find them, and a run without memory makes torch import its compiler, for seconds.
        with torch.device("cpu"):
            places = dict.fromkeys(meta["styles"], torch.zeros(1, 3, 32, 32))
            return new_baseline(kind, width, places, feature_network(meta["features"]))

    @staticmethod
    def tune(main: nn.Module, meta: Mapping[str, Any]) -> DynamicNet | WeightTuned:
        """What a checkpoint's metadata say tunes a main network, untrained: blocks, or a change of its weights."""
        if sets := meta.get("sets"):
            return join({name: BaseTrained.tune(main, meta) for name in sets})
        if meta.get("kind") == "tuned":
            return WeightTuned(main, meta["what"], meta.get("rank"))
        if meta.get("coupled"):
            return DynamicNet(main, {path: CoupledBlock(main.input_channels(path)) for path in meta["blocks_at"]})
        return BaseTrained.tune(main, meta)

    @classmethod
    def of(cls, recipe: Recipe, found: Mapping[str, Checkpoint]) -> Self:
        name = found[recipe.networks[0].name].meta.get("features", "")
        features = feature_network(name)
        _check_targets(found.values(), features_sha256(name))
        trained = super().of(recipe, found)
        grams = {n.style: gram for n in reversed(recipe.networks) if (gram := _targets(found[n.name]))}
        trained.styles = {style: PerceptualTerms(features, gram) for style, gram in grams.items()}
        return trained

    @property
    def terms(self) -> PerceptualTerms:
        """The losses of the first network's style."""
        return self.styles[self.recipe.networks[0].style]

    @property
    def fixed(self) -> dict[float, nn.Module]:
        """{lambda in the paper's units: network}, in rising order; the main network is one of them.

        Those that were trained on several styles are not.
        """
        mains = [network for network in self.recipe.networks if network.kind == "main" and not network.mixture]
        return dict(sorted((self.recipe.lambda_of(network), self.networks[network.name]) for network in mains))

    @property
    def kin(self) -> dict[float, nn.Module]:
        """Those of the fixed networks whose training began at the first network of the recipe."""
        if self.recipe.profile.warm is None:
            return {}
        of_kin = [self.recipe.networks[0].name]
        for network in self.recipe.networks:
            of_kin += [network.name] if network.start in of_kin else []
        return {self.recipe.lambda_of(self.recipe.network(name)): self.networks[name] for name in of_kin[1:]}

    @property
    def baselines(self) -> dict[str, ConditionalIN | AdaIN]:
        """Conditional-IN and AdaIN networks by name."""
        return self.of_kind("conditional_in") | self.of_kind("adain")

    def modules(self) -> Iterable[nn.Module]:
        return *super().modules(), *self.styles.values()


def new_baseline(kind: str, width: int, styles: Mapping[str, Tensor], features: VGGTrunk) -> ConditionalIN | AdaIN:
    """An untrained Conditional-IN or AdaIN network for named style pictures (1, 3, H, W) in [0, 1].

    The decoder of AdaIN is twice as wide: VGG19, which it mirrors, is to the paper's transformer network as 64 to 32.

    Args:
        kind: "conditional_in" or "adain".
        width: the recipe's.
        styles: {name: picture}; of Conditional-IN the names alone matter, of which it needs two.
        features: AdaIN's encoder.
    """
    if kind == "conditional_in":
        return ConditionalIN(width, list(styles))
    return AdaIN.of_styles(features, 2 * width, styles)


def _targets(checkpoint: Checkpoint) -> GramTargets:
    """The Gram matrices that a checkpoint keeps, half of each or, from earlier trainings, the whole."""
    kept = checkpoint.part("gram")
    return {layer: gram if gram.ndim == 3 else unpacked(gram) for layer, gram in kept.items()}


def _check_targets(checkpoints: Iterable[Checkpoint], features: str) -> None:
    """Gram matrices and AdaIN's encoder belong to one feature network, named by its hash.

    Raises:
        DynnetError: those of a checkpoint were made through another one.
    """
    for checkpoint in checkpoints:
        made_through = checkpoint.meta.get("features_sha256", "")
        bound = checkpoint.part("gram") or checkpoint.meta.get("kind") == "adain"
        if bound and made_through != features:
            raise DynnetError(
                f"the style features in {checkpoint.path} were made through another {checkpoint.meta['features']} "
                f"({made_through[:8] or 'unnamed'}; here is {features[:8]}): train it again"
            )
