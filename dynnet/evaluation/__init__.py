"""Measuring: working points in the objective space, their curves, and what the paper claims of them."""

from dynnet.evaluation import curves
from dynnet.evaluation.fading import mean_fade
from dynnet.evaluation.objective_space import measure
from dynnet.evaluation.pictures import evaluation_pictures
from dynnet.evaluation.style_pair import faithfulness, measure_pair, normalised
from dynnet.evaluation.texture_scale import meaningful_range, measure_scale, style_ladder
from dynnet.evaluation.tradeoff import LOSSES, nearest_fixed, onto_pictures, tradeoff
from dynnet.evaluation.twins import find_twins

__all__ = [
    "LOSSES",
    "curves",
    "evaluation_pictures",
    "faithfulness",
    "find_twins",
    "mean_fade",
    "meaningful_range",
    "measure",
    "measure_pair",
    "measure_scale",
    "nearest_fixed",
    "normalised",
    "onto_pictures",
    "style_ladder",
    "tradeoff",
]
