"""Objectives: weighted sums of named loss terms; what the paper writes O = L_A + lambda L_B (section 3)."""

from collections.abc import Mapping

from torch import Tensor, nn

from dynnet.errors import DynnetError


class Objective(nn.Module):
    """A weighted sum of losses of a network's output y and input x.

    Args:
        terms: (y, x) -> {name: (B,)}; one module for all terms, because they share work (content and style losses
            share a pass of the feature network).
        weights: {name: weight}; a term without a weight is measured and not minimised.
    """

    def __init__(self, terms: nn.Module, weights: Mapping[str, float]):
        super().__init__()
        self.terms = terms
        self.weights = dict(weights)

    def forward(self, y: Tensor, x: Tensor) -> dict[str, Tensor]:
        """{"total": scalar, name: scalar, ...}: means over the batch.

        Raises:
            DynnetError: a weight names no term.
        """
        values = {name: value.mean() for name, value in self.terms(y, x).items()}
        if unknown := [name for name in self.weights if name not in values]:
            raise DynnetError(f"no loss term {unknown[0]!r} to weigh; there are {', '.join(values)}")
        return {"total": sum(weight * values[name] for name, weight in self.weights.items()), **values}
