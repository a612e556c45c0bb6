"""Re-evaluation of only what a change of alpha touches; sliders and the 1000-point grid run on it.

The main network and its tuning-blocks are traced once into a graph of modules and functions (torch.fx). Every node's
value for the current picture is kept. A new alpha recomputes the nodes downstream of the blends it changes, and no
others: psi(z) of the first changed block is still the one at hand.
"""

import logging
from collections.abc import Mapping

import torch
from torch import Tensor

from dynnet.dynamic import Alpha, DynamicNet
from dynnet.errors import first_line
from dynnet.tracing import DynamicGraph, Values, same_alpha

_log = logging.getLogger(__name__)

TOLERANCE = 1e-5  # largest difference from the plain pass, relative to the output's size


class IncrementalForward:
    """`DynamicNet` evaluated on one input at many working points.

    Args:
        net: put in eval mode.
        x: input of the main network; `set_input` changes it.

    Example:
        >>> render = IncrementalForward(net, x)
        >>> y = render({"res3": 0.5, "out": 1.0})

    The first output for every input shape is compared with the plain pass. Where the network cannot be traced or the
    two differ by more than 1e-5, `incremental` is False, a warning says why, and every call is a plain pass.
    """

    def __init__(self, net: DynamicNet, x: Tensor):
        self.net = net.eval()
        self.incremental = True
        self._checked_shapes: set[tuple[int, ...]] = set()
        self._graph = self._trace()
        self.set_input(x)

    @torch.inference_mode(False)  # inference tensors would not tell what is overwritten in place
    @torch.no_grad()
    def set_input(self, x: Tensor) -> None:
        """Changes the input; the next call computes everything once."""
        self.x = x.clone()
        self._values: Values = {}
        self._alphas: dict[str, float | Tensor] = {}

    @torch.inference_mode(False)
    @torch.no_grad()
    def __call__(self, alpha: Alpha = 1.0) -> Tensor:
        """What `net(x, alpha=alpha)` gives, within 1e-5; see `DynamicNet.forward` for alpha."""
        alphas = self.net.alphas(alpha)
        if self.incremental:
            try:
                y = self._graph.update(self.x, alphas, self._values, self._changed(alphas))
            except BaseException:  # an interrupted cell, too: some values are now of the new alpha, others of the old
                self.set_input(self.x)
                raise
            self._alphas = {name: v.clone() if isinstance(v, Tensor) else v for name, v in alphas.items()}
            if self._agrees(y, alphas):
                return y.clone()  # the cached one is not the caller's to change
        return self.net(self.x, alpha=alphas)

    def _changed(self, alphas: Mapping[str, float | Tensor]) -> set[str]:
        return {name for name, value in alphas.items() if not same_alpha(value, self._alphas.get(name))}

    def _trace(self) -> DynamicGraph | None:
        try:
            return DynamicGraph(self.net)
        except Exception as error:  # tracing runs the network's own code: anything may go wrong there
            self._fall_back(f"the network cannot be traced ({first_line(error)})")
            return None

    def _agrees(self, y: Tensor, alphas: Mapping[str, float | Tensor]) -> bool:
        """Compares with the plain pass, once for every input shape: control flow may hang on the shape."""
        shape = tuple(self.x.shape)
        if shape in self._checked_shapes:
            return True
        plain = self.net(self.x, alpha=alphas)
        gap = (y - plain).abs().max().item() if y.shape == plain.shape else float("inf")
        if gap <= TOLERANCE * max(1.0, plain.abs().max().item()):
            self._checked_shapes.add(shape)
            return True
        self._fall_back(f"the traced network differs from the plain pass by {gap:.1e} on an input {shape}")
        return False

    def _fall_back(self, reason: str) -> None:
        self.incremental = False
        self._values = {}
        _log.warning("incremental evaluation is off: %s; every change of alpha is a plain pass", reason)
