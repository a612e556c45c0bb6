"""Whether what is trained learns: a block whose weights get no gradient is named, and not trained to no effect."""

from collections.abc import Iterable

from torch import Tensor, nn

from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError

FIRST_STEPS = 3


class GradientCheck:
    """Looks at the gradients of a fit's first steps, after backward.

    A block starts with a last layer of zeros, so that its other layers have a gradient of exactly zero at first. What
    counts is therefore the block and not its every weight: none of them may be without a gradient at the first step,
    and one at least must have one that is not zero within the first three.

    Args:
        module: what is trained; of a Dynamic-Net each block is looked at, of any other module the whole.
    """

    def __init__(self, module: nn.Module, name: str):
        self._name, self._looked = name, 0
        self._parts = {part: weights for part, weights in trained_parts(module).items() if weights}
        self._silent = self._parts
        if not self._parts:
            raise DynnetError(f"{name}: no weight requires a gradient; call requires_grad_() on what is to be trained")

    def before(self, total: Tensor) -> None:
        """To be called before the backward pass, which says of a loss without a gradient what helps nobody.

        Raises:
            DynnetError: the loss depends on nothing that is trained.
        """
        if not total.requires_grad:
            raise self._cut(self._parts)

    def after(self, last: bool) -> None:
        """To be called after the backward pass; costs nothing after the third step.

        Args:
            last: no step comes after this one.

        Raises:
            DynnetError: a block gets no gradient, or nothing but zeros.
        """
        if self._looked == FIRST_STEPS:
            return
        self._looked += 1
        if cut := [part for part, weights in self._silent.items() if all(w.grad is None for w in weights)]:
            raise self._cut(cut)
        self._silent = {
            part: weights
            for part, weights in self._silent.items()
            if not any(w.grad is not None and w.grad.any() for w in weights)
        }
        if self._silent and (last or self._looked == FIRST_STEPS):
            raise DynnetError(
                f"{self._name}: the gradient of {_listed(self._silent)} is exactly zero in the first {self._looked} "
                "steps, so that it does not learn: what follows it passes no gradient on, or the objective is at rest; "
                "attach it elsewhere or check the objective"
            )

    def _cut(self, parts: Iterable[str]) -> DynnetError:
        return DynnetError(
            f"{self._name}: {_listed(parts)} got no gradient: the loss does not depend on it; it is not called, runs "
            "where gradients are switched off, or its output is detached"
        )


def trained_parts(module: nn.Module) -> dict[str, list[nn.Parameter]]:
    """{what is trained: its trainable weights}: the blocks of a Dynamic-Net, or the network as a whole."""
    parts = {"the network": module}
    if isinstance(module, DynamicNet):
        parts = {f"the block at {name!r}": module.block(name) for name in module.names}
    return {name: [p for p in part.parameters() if p.requires_grad] for name, part in parts.items()}


def _listed(parts: Iterable[str]) -> str:
    return " and ".join(parts)
