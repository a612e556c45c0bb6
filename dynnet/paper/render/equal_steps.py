"""α such that equal steps of what is written change a picture equally."""

from collections.abc import Callable
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor

from dynnet.calibration import Calibration
from dynnet.errors import DynnetError
from dynnet.paper.render.painter import Painter

_SIDE = 256  # pixels of the longer side that the change is measured on
_POINTS = 17


def equal_steps(painter: Painter, x: Tensor) -> Callable[[float], float]:
    """From a number from 0 to 1 to α, so that the way that the picture x goes, step by step, is linear in the number.

    The way is the sum of the mean absolute changes of colours between neighbouring α; past 0 and 1 see `Calibration`.

    Shape: x (1, 3, H, W) in [0, 1].

    Raises:
        DynnetError: α changes nothing.
    """
    scale = min(1.0, _SIDE / max(x.shape[-2:]))
    size = [max(16, round(side * scale)) for side in x.shape[-2:]]
    small = F.interpolate(x, size, mode="bilinear", antialias=True).clamp(0, 1)
    alphas = torch.linspace(0, 1, _POINTS).tolist()
    painted = painter.painting(small, several=True)
    pictures = [painted(alpha).clamp(0, 1) for alpha in alphas]
    way = [0.0]
    for before, after in pairwise(pictures):
        way.append(way[-1] + float((after - before).abs().mean()))
    if not way[-1] > 0:
        raise DynnetError("--equal-steps: expected a network whose pictures change with α, got one where they do not")
    return Calibration(alphas, way)
