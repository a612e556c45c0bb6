"""Dynamic-Net (Shoshan, Mechrez, Zelnik-Manor, ICCV 2019): walk between two training objectives at test time."""

from dynnet import walks
from dynnet.attachable import attachable
from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.incremental import IncrementalForward
from dynnet.joining import join, two_sided
from dynnet.objectives import Objective
from dynnet.schedule import Schedule
from dynnet.training import train_blocks, train_main

__all__ = [
    "DynamicNet",
    "DynnetError",
    "IncrementalForward",
    "Objective",
    "Schedule",
    "TuningBlock",
    "attachable",
    "join",
    "train_blocks",
    "train_main",
    "two_sided",
    "walks",
]
