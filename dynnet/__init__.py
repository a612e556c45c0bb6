"""Dynamic-Net (Shoshan, Mechrez, Zelnik-Manor, ICCV 2019): walk between two training objectives at test time."""

from dynnet.attachable import attachable
from dynnet.blocks import ChannelsLastTuningBlock, TokenTuningBlock, TuningBlock, TuningBlock1d, TuningBlock3d
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.incremental import IncrementalForward
from dynnet.joining import join, two_sided
from dynnet.objectives import Objective

__all__ = [
    "ChannelsLastTuningBlock",
    "DynamicNet",
    "DynnetError",
    "IncrementalForward",
    "Objective",
    "TokenTuningBlock",
    "TuningBlock",
    "TuningBlock1d",
    "TuningBlock3d",
    "attachable",
    "join",
    "two_sided",
]
