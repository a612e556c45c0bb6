"""What renders a film's frames: onnxruntime, which takes a quarter less time than torch, where it is there and fits."""

import logging
from collections.abc import Callable
from math import prod
from tempfile import TemporaryDirectory

import torch
from torch import Tensor

from dynnet.dynamic import Alpha
from dynnet.errors import DynnetError, one_line
from dynnet.paper.render.chain import is_chain, stages_of
from dynnet.paper.render.painter import Painter

_log = logging.getLogger(__name__)
WORTH = 200  # frames, from which on the time of the export is made up for


class FramePainter(Painter):
    """A painter of many pictures of one size, each at one α.

    Args:
        painter: what it does as well as that one.
        x: the first frame.
        frames: how many there are.
        numbers: whether α are numbers, and no maps.
    """

    def __init__(self, painter: Painter, x: Tensor, frames: int, numbers: bool):
        self.__dict__.update(painter.__dict__)
        self._shape, self._onnx = x.shape, None
        if frames >= WORTH and numbers and self._fits(*x.shape[-2:]):
            self._onnx = exported(painter, x)

    def painting(self, x: Tensor, several: bool = False) -> Callable[[Alpha], Tensor]:
        if self._onnx is None or x.shape != self._shape:
            return super().painting(x, several)
        self._onnx.set_input(x)
        return self._onnx

    def _fits(self, height: int, width: int) -> bool:
        if self.device.type != "cpu" or self._type is not None or not is_chain(self.net.main):
            return False
        multiple = _multiple(self)
        return not (height % multiple or width % multiple or self._tiles(height, width))


def _multiple(painter: Painter) -> int:
    """What sides must be multiples of, so that the network adds nothing that depends on their remainders."""
    return prod(stage.scale.denominator for stage in stages_of(painter.net))


def exported(painter: Painter, x: Tensor) -> Callable[[Alpha], Tensor] | None:
    """The network on onnxruntime; None where that is not installed or does not fit."""
    try:
        from dynnet.onnx import OnnxRenderer, export  # optional

        with TemporaryDirectory() as folder:
            export(painter.net, torch.zeros(1, 3, 64, 64), folder, multiple=_multiple(painter), staged=False)
            render = OnnxRenderer(folder, torch.get_num_threads(), whole=True)
        render.set_input(x)
        gap = float((render(1.0) - painter.painting(x)(1.0)).abs().max())
    except (ImportError, DynnetError) as error:
        _log.info("frames are rendered by torch: %s", one_line(error))
        return None
    return render if gap < 1e-3 else None
