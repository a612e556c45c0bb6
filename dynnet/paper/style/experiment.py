"""From a recipe to its parts and back: build networks, load them with their losses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn

from dynnet.checkpoints import Checkpoint, restore
from dynnet.errors import DynnetError
from dynnet.joining import join
from dynnet.objectives import Objective
from dynnet.paper.data.pictures import read_picture, resize_shorter, to_tensor
from dynnet.paper.locations import CHECKPOINTS
from dynnet.paper.style.drawings.gallery import render_style
from dynnet.paper.style.losses.features import feature_network, features_sha256, style_weight
from dynnet.paper.style.losses.perceptual import PerceptualTerms
from dynnet.paper.style.losses.vgg import VGGTrunk
from dynnet.paper.style.network import TransformerNet
from dynnet.paper.style.recipe import Style, StyleRecipe
from dynnet.paper.trained import Trained, hashes_of, load_all, load_dynamics

if TYPE_CHECKING:  # they train themselves, and what trains takes seconds to import
    from dynnet.paper.style.baselines.adain import AdaIN
    from dynnet.paper.style.baselines.conditional_in import ConditionalIN


@dataclass
class Experiment(Trained):
    """A figure's trained networks, in eval mode, and what measures them.

    Attributes:
        baselines: Conditional-IN and AdaIN networks by name.
        styles: the losses of every style, by the recipe's names; they share one feature network.
        The others are `Trained`'s.
    """

    recipe: StyleRecipe
    mains: dict[str, TransformerNet]
    baselines: "dict[str, ConditionalIN | AdaIN]"
    styles: dict[str, PerceptualTerms]

    @property
    def terms(self) -> PerceptualTerms:
        """The losses of the first network's style."""
        return self.styles[self.recipe.networks[0].style]

    @property
    def fixed(self) -> dict[float, TransformerNet]:
        """{lambda in the paper's units: network}, in rising order."""
        found = {self.recipe.lambda_of(self.recipe.network(name)): network for name, network in self.mains.items()}
        return dict(sorted(found.items()))

    def judges(self) -> Iterable[nn.Module]:
        return chain(self.baselines.values(), self.styles.values())


def style_tensor(style: Style, root: Path | None) -> Tensor:
    """The style picture as (1, 3, H, W) in [0, 1].

    Raises:
        DynnetError: the file is missing or no picture, or is relative and there is no data root.
    """
    if style.house is not None:
        return to_tensor(render_style(style.house, style.size, style.seed))
    path = style.picture
    if not path.is_absolute():
        if root is None:
            raise DynnetError(f"the style picture {path} lies below the data root: set DYNNET_DATA, or give --style")
        path = Path(root) / path
    return to_tensor(resize_shorter(read_picture(path), style.size))


def new_main(recipe: StyleRecipe) -> TransformerNet:
    """An untrained main network of the recipe's width."""
    return TransformerNet(recipe.profile.width)


def new_baseline(kind: str, width: int, styles: Mapping[str, Tensor], features: VGGTrunk) -> "ConditionalIN | AdaIN":
    """An untrained Conditional-IN or AdaIN network for named style pictures (1, 3, H, W) in [0, 1].

    The decoder of AdaIN is twice as wide: VGG19, which it mirrors, is to the paper's transformer network as 64 to 32.

    Args:
        kind: "conditional_in" or "adain".
        width: the recipe's.
        styles: {name: picture}; of Conditional-IN the names alone matter, of which it needs two.
        features: AdaIN's encoder.
    """
    from dynnet.paper.style.baselines.adain import AdaIN
    from dynnet.paper.style.baselines.conditional_in import ConditionalIN

    if kind == "conditional_in":
        return ConditionalIN(width, list(styles))
    return AdaIN.of_styles(features, 2 * width, styles)


def objective(terms: nn.Module, recipe: StyleRecipe, lambda_style: float) -> Objective:
    """O = L_content + lambda L_style, and a little total variation where the profile has it."""
    profile = recipe.profile
    weights = {"content": 1.0, "style": style_weight(lambda_style, profile.features), "tv": profile.total_variation}
    return Objective(terms, weights)


def load_experiment(recipe: StyleRecipe, folder: Path = CHECKPOINTS) -> Experiment:
    """The trained networks of a recipe, from the checkpoints that the profile's evaluation names.

    Raises:
        DynnetError: a checkpoint is missing, altered, or of another recipe.
    """
    found = load_all(recipe, folder)
    name = found[recipe.networks[0].name].meta["features"]
    features = feature_network(name)
    check_targets(found.values(), features_sha256(name))
    mains = {n.name: load_main(found[n.name]) for n in recipe.networks if n.kind == "main"}
    dynamic = load_dynamics(recipe, found, mains)
    dynamic |= {name: join({part: dynamic[part] for part in sets}) for name, sets in recipe.together.items()}
    baselines = {n.name: load_baseline(found[n.name], features) for n in recipe.networks if n.styles}
    grams = {n.style: gram for n in reversed(recipe.networks) if (gram := found[n.name].part("gram"))}
    styles = {name: PerceptualTerms(features, gram) for name, gram in grams.items()}
    return Experiment(recipe, mains, dynamic, hashes_of(found), baselines, styles)


def check_targets(checkpoints: Iterable[Checkpoint], features: str) -> None:
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
                f"({made_through[:8] or 'unnamed'}; here is {features[:8]}): train it again, or restore both with git"
            )


def load_main(checkpoint: Checkpoint) -> TransformerNet:
    """The main or fixed network of a checkpoint.

    Raises:
        DynnetError: the checkpoint is of another network.
    """
    network = TransformerNet(int(checkpoint.meta.get("width", 0)))
    return restore(network, checkpoint.part("weights"), checkpoint.path).eval()


def load_baseline(checkpoint: Checkpoint, features: VGGTrunk) -> "ConditionalIN | AdaIN":
    """The Conditional-IN or AdaIN network of a checkpoint.

    Raises:
        DynnetError: the checkpoint is of another network.
    """
    # AdaIN keeps its styles' statistics with its weights, so any picture will do to make their places
    places = dict.fromkeys(checkpoint.meta["styles"], torch.zeros(1, 3, 32, 32))
    network = new_baseline(checkpoint.meta["kind"], int(checkpoint.meta["width"]), places, features)
    return restore(network, checkpoint.part("weights"), checkpoint.path).eval()
