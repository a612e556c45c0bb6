"""The drawn style that the style network's blocks lead to, and the losses that the walk is measured by."""

from torch import Tensor

from dynnet.paper.data.pictures import to_tensor
from dynnet.paper.denoising.recipe import Recipe
from dynnet.paper.style.drawings.gallery import render_style
from dynnet.paper.style.losses.features import feature_network
from dynnet.paper.style.losses.perceptual import PerceptualTerms

FEATURES = "vgg19_lite"


def drawn_style(recipe: Recipe) -> Tensor:
    """The drawing that blocks lead to: (1, 3, size, size) in [0, 1]."""
    drawing = recipe.stylisation
    return to_tensor(render_style(drawing.house, drawing.size, recipe.seed))


def style_terms(*styles: Tensor) -> list[PerceptualTerms]:
    """The losses of several style pictures, or batches of them, through one feature network.

    Args:
        styles: (B, 3, H, W) each, on one device; Gram matrices are the means over a batch.
    """
    features = feature_network(FEATURES).to(styles[0].device)
    return [PerceptualTerms.of_style(features, style) for style in styles]
