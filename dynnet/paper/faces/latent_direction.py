"""The baseline that needs no tuning-block: a walk along one direction of the latents of a trained generator.

The direction is the normal of the plane that parts the latents by an attribute of their faces, found by logistic
regression (as in InterFaceGAN, Shen et al. 2020). How far a step goes along it is up to whoever walks; to compare with
a Dynamic-Net it is chosen so that both gain equally in the attribute.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np
import torch
from scipy.optimize import brentq, minimize
from scipy.special import expit
from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.walks import Renderer

Maker = Callable[[Tensor], Tensor]  # latents -> faces
Score = Callable[[Tensor], Tensor]  # faces -> (B,)

# Tried before the longest: latents have a spread of 1 in any direction.
_LENGTHS = (0.0, 0.5, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0)
_PRECISION = 0.01  # of the length; a hundredth of that spread changes no score that one could see


@dataclass(frozen=True, eq=False)
class LatentDirection:
    """A direction of the latents along which an attribute grows.

    Attributes:
        direction: (latent,), of length 1.
        accuracy: share of the latents it was found with that lie on their own side of the plane, in [0.5, 1] or
            thereabouts: at 0.5 no direction stands for the attribute.
    """

    direction: Tensor
    accuracy: float

    def renderer(self, generator: Maker, length: float = 1.0) -> Renderer:
        """The walk alpha -> G(z + alpha * length * direction), for latents (B, latent) or (B, latent, 1, 1)."""

        def renderer(z: Tensor) -> Callable[[float], Tensor]:
            step = length * self.direction.to(z).reshape(-1, *[1] * (z.ndim - 2))
            return lambda alpha: generator(z + float(alpha) * step)

        return renderer


@dataclass(frozen=True)
class EqualGain:
    """How far to walk for a wanted mean score.

    Attributes:
        length: of the walk at alpha = 1; below 0 against the direction.
        score: the mean score there, in [0, 1].
        reached: whether that is the wanted one; if not, no length tried came closer.
    """

    length: float
    score: float
    reached: bool


@torch.no_grad()
def fit_direction(generator: Maker, score: Score, latents: Tensor, batch: int = 128) -> LatentDirection:
    """Logistic regression, on the latents, of whether the attribute scores above its median.

    The median and not 0.5: a generator of dark-haired faces makes hardly one that passes for blond, and then there
    would be no second class. The penalty on the weights is the customary one, |w|^2 / 2 next to the sum of the losses.

    Args:
        generator: latents -> faces (B, 3, H, W) in [0, 1].
        score: faces -> (B,), any number that grows with the attribute; a logit cannot saturate, a probability can.
        latents: (N, latent) or (N, latent, 1, 1), drawn from N(0, 1); ten times as many as a latent has numbers, at
            the least.

    Raises:
        DynnetError: less than a quarter of the faces score above the median, because too many share one score.
    """
    scores = torch.cat([score(generator(z)) for z in latents.split(batch)])
    above = (scores > scores.median()).cpu().numpy()
    if above.mean() < 0.25:
        raise DynnetError(
            f"a direction needs faces that differ in the attribute, got {above.mean():.0%} of {len(above)} above the "
            "median score; use another attribute or more latents"
        )
    inputs = latents.flatten(1).double().cpu().numpy()
    weights, bias = _logistic_regression(inputs, above)
    direction = torch.from_numpy(weights / np.linalg.norm(weights)).to(latents)
    return LatentDirection(direction, float(((inputs @ weights + bias > 0) == above).mean()))


@torch.no_grad()
def equal_gain(
    direction: LatentDirection, generator: Maker, score: Score, latents: Tensor, target: float, batch: int = 128
) -> EqualGain:
    """The length at which a walk along a direction has the mean score `target` at alpha = 1.

    Longer and longer walks are tried until the target lies between two of them, then the place between is searched.
    The longest is as long as a latent, the root of its number of dimensions: there the walk has left the latents that
    the generator was trained on.

    Args:
        latents: a few hundred will do.
        target: mean score of the Dynamic-Net at alpha = 1, on the same latents.

    Raises:
        DynnetError: the target is no probability.
    """
    if not 0 <= target <= 1:
        raise DynnetError(f"the target is a mean score in [0, 1], got {target}")
    render = direction.renderer(generator)

    @cache
    def mean_score(length: float) -> float:
        total = sum(score(render(z)(length)).sum().item() for z in latents.split(batch))
        return total / len(latents)

    sign = 1.0 if target >= mean_score(0.0) else -1.0
    lengths = [sign * length for length in _lengths(direction.direction.numel())]
    for nearer, further in pairwise(lengths):
        if sign * (mean_score(further) - target) >= 0:
            found = brentq(lambda length: mean_score(length) - target, nearer, further, xtol=_PRECISION)
            return EqualGain(found, mean_score(found), reached=True)
    closest = max(lengths, key=lambda length: sign * mean_score(length))
    return EqualGain(closest, mean_score(closest), reached=mean_score(closest) == target)


def _lengths(latent: int) -> tuple[float, ...]:
    """What to try, the longest last."""
    longest = latent**0.5
    return (*(length for length in _LENGTHS if length < longest), longest)


def _logistic_regression(inputs: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, float]:
    """Weights (D,) and bias for inputs (N, D) and labels (N,)."""
    signs = np.where(labels, 1.0, -1.0)

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        """Its value and its gradient, both over N."""
        weights, bias = parameters[:-1], parameters[-1]
        margins = signs * (inputs @ weights + bias)
        slopes = -signs * expit(-margins)
        value = np.logaddexp(0, -margins).sum() + weights @ weights / 2
        return value / len(signs), np.append(inputs.T @ slopes + weights, slopes.sum()) / len(signs)

    found = minimize(loss, np.zeros(inputs.shape[1] + 1), jac=True, method="L-BFGS-B").x
    return found[:-1], float(found[-1])
