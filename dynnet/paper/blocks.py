"""New tuning-blocks, for phase 2, on main networks that know their own widths."""

from collections.abc import Sequence

from torch import nn

from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet


def new_dynamic(main: nn.Module, paths: Sequence[str], rank: int | None = None) -> DynamicNet:
    """`main` with untrained tuning-blocks at the inputs of some children.

    Args:
        main: its `input_channels(path)` says how many channels enter a child, as our main networks do.
        rank: the blocks' width inside, where there are more channels; default: their channels, as in the paper.

    Raises:
        DynnetError: a path names no child, or there are no paths.
    """
    channels = {path: main.input_channels(path) for path in paths}
    return DynamicNet(
        main, {path: TuningBlock(n, rank=rank if rank and rank < n else None) for path, n in channels.items()}
    )
