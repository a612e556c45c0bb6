"""Dynamic-Net (Shoshan, Mechrez, Zelnik-Manor, ICCV 2019): walk between two training objectives at test time."""

from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet, join, two_sided
from dynnet.errors import DynnetError
from dynnet.incremental import IncrementalForward
from dynnet.objectives import Objective

__all__ = ["DynamicNet", "DynnetError", "IncrementalForward", "Objective", "TuningBlock", "join", "two_sided"]
