"""How large the blocks' psi(z) are beside the z that they are added to, so that a training can keep them small.

The paper takes psi(z) for the difference of two networks' features (section 3.1), and a difference is smaller than what
it is one of. Where an instance norm follows, no objective asks for that, and psi may outgrow z; docs/starry_night shows
what that looked like.
"""

from collections.abc import Callable
from typing import Self

import torch
from torch import Tensor, nn

from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError


class BlockSizes:
    """What a Dynamic-Net's blocks gave in its passes since it was last asked; it listens inside a `with`.

    Raises:
        DynnetError: it is no Dynamic-Net.
    """

    def __init__(self, net: nn.Module):
        if not isinstance(net, DynamicNet):
            raise DynnetError(
                f"expected a Dynamic-Net, whose blocks have a size, got a {type(net).__name__}; leave keep_small at 0"
            )
        self._net = net
        self._heard: dict[str, list[Tensor]] = {}

    def __enter__(self) -> Self:
        self._hooks = [self._net.block(name).register_forward_hook(self._listener(name)) for name in self._net.names]
        return self

    def __exit__(self, *error: object) -> None:
        for hook in self._hooks:
            hook.remove()

    def total(self) -> Tensor:
        r"""Sum over the blocks that ran of their relative size, of a block's calls on average; a scalar.

        .. math:: \sum_b \overline{\psi_b(z)^2} / \overline{z^2}

        Raises:
            DynnetError: no block ran, or they ran where gradients were off.
        """
        heard, self._heard = self._heard, {}
        if not heard:
            raise DynnetError("expected the size of a tuning-block, and none ran; leave keep_small at 0")
        total = torch.stack([torch.stack(calls).mean() for calls in heard.values()]).sum()
        if torch.is_grad_enabled() and not total.requires_grad:
            raise DynnetError(
                "the blocks' size has no gradient, as behind a reentrant checkpoint; take use_reentrant=False there"
            )
        return total

    def _listener(self, name: str) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        def listen(block: nn.Module, entered: tuple[Tensor, ...], psi: Tensor) -> None:
            size = psi.float().square().mean() / entered[0].detach().float().square().mean().clamp_min(1e-12)
            self._heard.setdefault(name, []).append(size)

        return listen
