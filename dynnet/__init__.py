"""Dynamic-Net (Shoshan, Mechrez, Zelnik-Manor, ICCV 2019): walk between two training objectives at test time."""

from dynnet.dynamic import DynamicNet, TuningBlock
from dynnet.errors import DynnetError
from dynnet.incremental import IncrementalForward
from dynnet.objectives import Objective

__all__ = ["DynamicNet", "DynnetError", "IncrementalForward", "Objective", "TuningBlock"]
