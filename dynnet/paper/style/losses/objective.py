"""What a style recipe's networks minimise (section 4.1)."""

from torch import nn

from dynnet.objectives import Objective
from dynnet.paper.style.losses.features import style_weight
from dynnet.paper.style.recipe import Recipe
from dynnet.paper.style.stable import STABILITY, StableTerms


def objective(terms: nn.Module, recipe: Recipe, lambda_style: float) -> Objective:
    """O = L_content + lambda L_style, and a little total variation and stability where the profile has them."""
    profile = recipe.profile
    weights = {"content": 1.0, "style": style_weight(lambda_style, profile.features), "tv": profile.total_variation}
    if profile.stability is not None and isinstance(terms, StableTerms):
        weights[STABILITY] = profile.stability.weight
    return Objective(terms, weights)
