"""How far two outputs of a network are apart, relative to their own size."""

from typing import Any

import torch
from torch import Tensor

from dynnet.structure import flatten


def relative_gap(y: Any, reference: Any) -> float:
    """The largest difference of two outputs over the largest number of the reference, the worst of their tensors.

    Infinite where they differ in structure, shape or type, in integers, or in where they are not finite.
    """
    (leaves, spec), (wanted, wanted_spec) = flatten(y), flatten(reference)
    if spec != wanted_spec:
        return float("inf")
    return max(map(_gap, leaves, wanted), default=0.0)


def _gap(y: Any, reference: Any) -> float:
    if not isinstance(y, Tensor) or not isinstance(reference, Tensor):
        alike = type(y) is type(reference) and (y is reference or y == reference or (y != y and reference != reference))
        return 0.0 if alike else float("inf")
    if y.shape != reference.shape or y.dtype != reference.dtype:
        return float("inf")
    if torch.equal(y, reference):
        return 0.0
    if not (reference.is_floating_point() or reference.is_complex()):
        return float("inf")
    finite = reference.isfinite()
    if not torch.equal(y[~finite].nan_to_num(nan=0.5), reference[~finite].nan_to_num(nan=0.5)):
        return float("inf")
    if not y[finite].isfinite().all():
        return float("inf")
    largest = reference[finite].abs().max().item() if finite.any() else 0.0
    gap = (y[finite] - reference[finite]).abs().max().item() if finite.any() else 0.0
    return 0.0 if gap == 0 else gap / largest if largest else float("inf")
