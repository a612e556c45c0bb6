"""Dynamic-Nets on main networks that know their own widths: new ones for phase 2, trained ones from checkpoints."""

from collections.abc import Sequence

from torch import nn

from dynnet.blocks import TuningBlock
from dynnet.checkpoints import Checkpoint, restore
from dynnet.dynamic import DynamicNet


def new_dynamic(main: nn.Module, paths: Sequence[str]) -> DynamicNet:
    """`main` with untrained tuning-blocks at the inputs of some children.

    Args:
        main: its `input_channels(path)` says how many channels enter a child, as our main networks do.

    Raises:
        DynnetError: a path names no child, or there are no paths.
    """
    return DynamicNet(main, {path: TuningBlock(main.input_channels(path)) for path in paths})


def load_dynamic(checkpoint: Checkpoint, main: nn.Module) -> DynamicNet:
    """The Dynamic-Net of a blocks checkpoint on its main network, in eval mode.

    Raises:
        DynnetError: the checkpoint is of other blocks.
    """
    net = new_dynamic(main, checkpoint.meta.get("blocks_at", ()))
    restore(net.blocks, checkpoint.part("weights"), checkpoint.path)
    return net.eval()
