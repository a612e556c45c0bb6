"""Which style a training step is for, when one network learns several."""

from collections.abc import Sequence

import numpy as np

# First word of the seed: the orders of `dynnet.paper.data.batches` and its crops have 0 and 1.
_ROUND = 2


def style_at(step: int, styles: Sequence[str]) -> str:
    """The style of a step: each round of len(styles) steps visits every style once, in an order of its own.

    A function of the step alone, as the batches are, so that a run can be resumed at any step.
    """
    turn, place = divmod(step, len(styles))
    order = np.random.default_rng((_ROUND, turn)).permutation(len(styles))
    return styles[order[place]]
