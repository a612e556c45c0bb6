"""The two phases of section 3.1: train the main network, then the tuning-blocks."""

from pathlib import Path
from typing import Protocol

from lightning_fabric import Fabric
from torch import Tensor, nn

from dynnet.dynamic import DynamicNet
from dynnet.fitting import FitReport, batch_number, fit
from dynnet.objectives import Objective
from dynnet.schedule import Schedule


class Batches(Protocol):
    """A source of batches that is a function of the step alone."""

    def batch_at(self, step: int) -> Tensor:
        """(B, 3, H, W) in [0, 1]"""
        ...


def train_main(
    network: nn.Module,
    objective: Objective,
    batches: Batches,
    schedule: Schedule,
    fabric: Fabric | None = None,
    state: Path | None = None,
    name: str = "main",
) -> FitReport:
    """Phase 1: all weights of `network` minimise O_0. Also trains every fixed network.

    Args:
        network: trained in place, and left in eval mode.
        state: file that a killed run goes on from; see `fit`.

    Returns and raises what `fit` does.
    """
    network.train()
    report = _train(network, objective, batches, schedule, fabric, state, name)
    network.eval()
    return report


def train_blocks(
    net: DynamicNet,
    objective: Objective,
    batches: Batches,
    schedule: Schedule,
    fabric: Fabric | None = None,
    state: Path | None = None,
    name: str = "blocks",
) -> FitReport:
    """Phase 2: the tuning-blocks, all at alpha = 1 (section 3.2), minimise O_1; the main network is frozen.

    Args:
        net: its blocks are trained in place; left in eval mode.
        state: file that a killed run goes on from; see `fit`.

    Returns and raises what `fit` does.
    """
    net.train()
    report = _train(net, objective, batches, schedule, fabric, state, name)
    net.eval()
    return report


def _train(
    module: nn.Module,
    objective: Objective,
    batches: Batches,
    schedule: Schedule,
    fabric: Fabric | None,
    state: Path | None,
    name: str,
) -> FitReport:
    fabric = fabric or Fabric(accelerator="cpu", devices=1)
    objective = objective.to(fabric.device)

    def losses(wrapped: nn.Module, step: int) -> dict[str, Tensor]:
        x = batches.batch_at(batch_number(step, fabric)).to(fabric.device)
        return objective(wrapped(x), x)  # a DynamicNet's default alpha is 1

    return fit(module, losses, schedule, fabric, state, name=name)
