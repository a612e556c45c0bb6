"""Measuring: working points in the objective space, their curves, and what the paper claims of them."""

from dynnet.evaluation import curves
from dynnet.evaluation.objective_space import alpha_walk, fixed_walk, grid_walk, interpolation_walk, measure
from dynnet.evaluation.pictures import evaluation_pictures
from dynnet.evaluation.tradeoff import LOSSES, nearest_fixed, onto_pictures, tradeoff
from dynnet.evaluation.twins import find_twins

__all__ = [
    "LOSSES",
    "alpha_walk",
    "curves",
    "evaluation_pictures",
    "find_twins",
    "fixed_walk",
    "grid_walk",
    "interpolation_walk",
    "measure",
    "nearest_fixed",
    "onto_pictures",
    "tradeoff",
]
