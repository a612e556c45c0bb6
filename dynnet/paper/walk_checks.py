"""What every figure asks of a walk over alpha: that it starts at the main network, and goes one way."""

from collections.abc import Iterable

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from dynnet.dynamic import DynamicNet


@torch.no_grad()
def is_main_at_zero(nets: Iterable[DynamicNet], x: Tensor) -> bool:
    """Whether every Dynamic-Net renders x at alpha = 0 as its main network does, bit for bit (section 3.1).

    Args:
        x: a batch of what the networks take.
    """
    return all(torch.equal(net(x, alpha=0.0), net.main(x)) for net in nets)


def steps_wrong(values: ArrayLike, rising: bool, tolerance: float = 0.01) -> int:
    """How many steps of a sequence go the wrong way by more than `tolerance` of the value before."""
    v = np.asarray(values, dtype=float)
    change = np.diff(v) / np.abs(v[:-1])
    return int(np.sum(change < -tolerance) if rising else np.sum(change > tolerance))


def step_up(values: ArrayLike) -> float:
    """The largest step up of a sequence that should fall, over its range; 0 where it falls all the way."""
    v = np.asarray(values, dtype=float)
    return max(0.0, float((np.diff(v) / np.ptp(v)).max()))
