"""One network at work on one picture after the other, at one α or many, in as much memory as it may take."""

import contextlib
from collections.abc import Callable

import torch
from torch import Tensor

from dynnet.dynamic import Alpha, DynamicNet
from dynnet.errors import DynnetError
from dynnet.incremental import IncrementalForward
from dynnet.paper.render.chain import is_chain
from dynnet.paper.render.tiles import TiledNet

BYTES = 2**31  # what a pass over a whole picture may hold; beyond that it is made of tiles
_KEPT = 0.4  # share of it that one stage's output may take
PRECISIONS = {"32-true": None, "bf16-mixed": torch.bfloat16, "16-mixed": torch.float16}


class Painter:
    """Renders pictures with a Dynamic-Net.

    Args:
        net: moved to the device.
        device: cpu, cuda or mps.
        precision: one of `PRECISIONS`.
        most: bytes that a pass may hold before it is made of tiles.

    Raises:
        DynnetError: there is no such precision.
    """

    def __init__(self, net: DynamicNet, device: str = "cpu", precision: str = "32-true", most: int = BYTES):
        if precision not in PRECISIONS:
            raise DynnetError(f"--precision {precision}: expected one of {', '.join(PRECISIONS)}")
        self.net, self.device, self.most = net.to(device).eval(), torch.device(device), most
        self._type = PRECISIONS[precision]
        self._tiled: TiledNet | None = None

    def painting(self, x: Tensor, several: bool = False) -> Callable[[Alpha], Tensor]:
        """What renders a picture x, (1, 3, H, W) in [0, 1], at an α: (1, 3, H, W), on the CPU.

        Args:
            several: it is asked for more than one α, so that what they share is kept.
        """
        tiled = self._tiles(*x.shape[-2:])
        if tiled is not None:
            return lambda alpha: self._cast(lambda: tiled(x.to(self.device), alpha))
        x = x.to(self.device)
        if not several:
            return lambda alpha: self._cast(lambda: self.net(x, alpha=alpha))
        render = IncrementalForward(self.net, x)
        return lambda alpha: self._cast(lambda: render(alpha))

    def alpha_map(self, alpha: float | dict[str, float], strength: Tensor) -> dict[str, Tensor]:
        """α times what a mask (1, 1, H, W) says for every place, as maps for the network."""
        main = self.net.main
        on_canvas = main.canvas(strength) if is_chain(main) else strength
        on_canvas = on_canvas.to(self.device)
        return {name: value * on_canvas for name, value in self.net.alphas(alpha).items() if value}

    def _tiles(self, height: int, width: int) -> TiledNet | None:
        """What renders pictures too large for one pass; None for the others."""
        if not is_chain(self.net.main):
            return None
        if self._tiled is None:
            self._tiled = TiledNet(self.net, int(_KEPT * self.most))
        return self._tiled if self._tiled.bytes_whole(height, width) > self.most else None

    @torch.no_grad()
    def _cast(self, pass_: Callable[[], Tensor]) -> Tensor:
        casting = contextlib.nullcontext() if self._type is None else torch.autocast(self.device.type, self._type)
        with casting:
            y = pass_()
        if not torch.isfinite(y).all():
            raise DynnetError("the network gave NaN at this α; take one nearer to 0 to 1, or --precision 32-true")
        return y.float().cpu()
