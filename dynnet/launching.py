"""Where a training runs: device, precision and processes, what is kept between runs, and who watches.

The loops ask for no library of their own. What they need of a device is a `Launcher`: `OneProcess` here, or Lightning's
`Fabric`, which is one as it stands and brings mixed precision and several GPUs.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

LOG_EVERY = 25
SAVE_EVERY = 4 * LOG_EVERY

Progress = Callable[[int, int, Mapping[str, float]], None]
"""Called after every step with the steps done, the steps in all, and the losses as last averaged ({} before that)."""


class Launcher(Protocol):
    """What a training asks of device, precision and processes; the methods are those of `lightning_fabric.Fabric`."""

    @property
    def device(self) -> torch.device:
        """Where batches are moved to."""
        ...

    @property
    def world_size(self) -> int:
        """How many processes train together."""
        ...

    @property
    def global_rank(self) -> int:
        """Which of them this is."""
        ...

    @property
    def is_global_zero(self) -> bool:
        """Whether this is the one that writes files and logs."""
        ...

    def setup(self, module: nn.Module, *optimizers: torch.optim.Optimizer) -> Any:
        """(module, optimiser) on the device, ready to train."""
        ...

    def autocast(self) -> AbstractContextManager[Any]:
        """The precision of the passes."""
        ...

    def backward(self, tensor: Tensor, *args: Any, **kwargs: Any) -> None:
        """`tensor.backward(*args, **kwargs)`, in all processes."""
        ...

    def clip_gradients(self, module: Any, optimizer: Any, **kwargs: Any) -> Any:
        """`torch.nn.utils.clip_grad_norm_`, with its `max_norm` and `error_if_nonfinite`."""
        ...

    def barrier(self) -> None:
        """Waits for the other processes."""
        ...


class OneProcess:
    """The launcher that needs nothing installed: one process, one device, the module's own precision."""

    world_size = 1
    global_rank = 0
    is_global_zero = True

    def __init__(self, device: str | torch.device = "cpu"):
        self.device = torch.device(device)

    def setup(self, module: nn.Module, optimizer: torch.optim.Optimizer) -> tuple[nn.Module, torch.optim.Optimizer]:
        return module.to(self.device), optimizer

    def autocast(self) -> AbstractContextManager[None]:
        return nullcontext()

    def backward(self, tensor: Tensor, *args: Any, **kwargs: Any) -> None:
        tensor.backward(*args, **kwargs)

    def clip_gradients(self, module: nn.Module, optimizer: torch.optim.Optimizer, **kwargs: Any) -> Tensor:
        weights = [parameter for group in optimizer.param_groups for parameter in group["params"]]
        return nn.utils.clip_grad_norm_(weights, **kwargs)

    def barrier(self) -> None:
        pass


@dataclass(frozen=True)
class Run:
    """How a training runs; nothing here changes what is learnt.

    Args:
        launcher: device, precision and processes: `OneProcess("cuda")`, or a `lightning_fabric.Fabric` that has been
            launched. Default the CPU in the module's own precision.
        state: file that a killed run goes on from; default none.
        save_every: steps between two writes of `state`; a multiple of 25.
        name: what logs and errors call it.
        progress: told of every step; default a line in the log at every `save_every`-th.
    """

    launcher: Launcher = field(default_factory=OneProcess)
    state: Path | None = None
    save_every: int = SAVE_EVERY
    name: str = "training"
    progress: Progress | None = None

    def batch_number(self, step: int) -> int:
        """Which batch this process takes at a step: several processes take as many batches a step, one each."""
        return step * self.launcher.world_size + self.launcher.global_rank
