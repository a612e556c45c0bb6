"""Objectives: weighted sums of named loss terms; what the paper writes O = L_A + lambda L_B (section 3)."""

from collections.abc import Mapping
from typing import Any

from torch import Tensor, nn

from dynnet.errors import DynnetError


class Objective(nn.Module):
    """A weighted sum of losses of a network's output y and its target.

    Args:
        terms: (y, target) -> {name: (B,)}; one module for all terms, because they share work (content and style losses
            share a pass of the feature network). y is whatever the network returns: a tensor, a tuple, a dict.
        weights: {name: weight}, a number or one for each picture (B,); a term without a weight is measured and not
            minimised.
    """

    def __init__(self, terms: nn.Module, weights: Mapping[str, float | Tensor]):
        super().__init__()
        self.terms = terms
        self.weights = dict(weights)

    def forward(self, y: Any, target: Any) -> dict[str, Tensor]:
        """{"total": scalar, name: scalar, ...}: means over the batch.

        Raises:
            DynnetError: a weight names no term, or there are not as many weights as pictures.
        """
        values = self.terms(y, target)
        if unknown := [name for name in self.weights if name not in values]:
            raise DynnetError(f"no loss term {unknown[0]!r} to weigh; there are {', '.join(values)}")
        total = sum(_weighed(name, weight, values[name]) for name, weight in self.weights.items())
        return {"total": total, **{name: value.mean() for name, value in values.items()}}


def between(first: Objective, second: Objective, alpha: Tensor | Mapping[str, Tensor]) -> Objective:
    """For every picture its own objective on the way from O_0 to O_1 (section 3.1).

    A weight goes from the one's to the other's on the log scale, lambda(alpha) = lambda_0^(1 - alpha)
    lambda_1^alpha, on which the paper's lambdas are spaced; on the linear scale where one of the two is not positive.

    Args:
        first: O_0, at alpha = 0.
        second: O_1, at alpha = 1, of the same `terms`.
        alpha: (B,), one for each picture; or {term: (B,)} where terms go by alphas of their own.

    Raises:
        DynnetError: the two weigh the terms of different modules, or there is no alpha for a weight that changes.
    """
    if first.terms is not second.terms:
        raise DynnetError("objectives of different terms have no way between them; make both on one module of terms")
    names = dict.fromkeys([*first.weights, *second.weights])
    ends = {name: (first.weights.get(name, 0.0), second.weights.get(name, 0.0)) for name in names}
    if not isinstance(alpha, Mapping):
        alpha = dict.fromkeys(ends, alpha)
    if lost := [name for name, (start, end) in ends.items() if start != end and name not in alpha]:
        raise DynnetError(f"the weight of {lost[0]!r} changes, and alpha is of {', '.join(alpha)} alone; name it there")
    return Objective(second.terms, {name: _between(*pair, alpha.get(name)) for name, pair in ends.items()})


def _between(start: float, end: float, alpha: Tensor | None) -> float | Tensor:
    if start == end or alpha is None:
        return end
    if start > 0 and end > 0:
        return start ** (1 - alpha) * end**alpha
    return (1 - alpha) * start + alpha * end


def _weighed(name: str, weight: float | Tensor, value: Tensor) -> Tensor:
    if not isinstance(weight, Tensor):
        return weight * value.mean()
    if value.shape != weight.shape:
        raise DynnetError(
            f"loss term {name!r} is {tuple(value.shape)}, its weights are {tuple(weight.shape)}: "
            "a term gives one value for each picture, (B,)"
        )
    return (weight * value).mean()
