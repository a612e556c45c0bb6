"""What a style recipe's networks minimise (section 4.1)."""

from collections.abc import Mapping

from torch import nn

from dynnet.objectives import Objective
from dynnet.paper.style.losses.features import style_weight
from dynnet.paper.style.recipe import Recipe
from dynnet.paper.style.stable import STABILITY, StableTerms


def objective(terms: nn.Module, recipe: Recipe, lambda_style: float) -> Objective:
    """O = L_content + lambda L_style, and a little total variation and stability where the profile has them."""
    return mixed_objective(terms, recipe, {"style": lambda_style})


def mixed_objective(terms: nn.Module, recipe: Recipe, lambdas: Mapping[str, float]) -> Objective:
    """The same with a lambda for each of several style losses, by their names among the terms."""
    profile = recipe.profile
    styles = {name: style_weight(value, profile.features) for name, value in lambdas.items()}
    weights = {"content": 1.0, **styles, "tv": profile.total_variation}
    if profile.stability is not None and isinstance(terms, StableTerms):
        weights[STABILITY] = profile.stability.weight
    return Objective(terms, weights)
