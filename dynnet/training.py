"""The two phases of section 3.1: train the main network, then the tuning-blocks."""

from collections.abc import Mapping
from contextlib import nullcontext

import torch
from torch import Tensor, nn

from dynnet.along import Along
from dynnet.batches import Batch, Batches
from dynnet.errors import DynnetError
from dynnet.fitting import fit
from dynnet.launching import Run
from dynnet.objectives import Objective, between
from dynnet.schedule import Schedule
from dynnet.sizes import BlockSizes
from dynnet.states import FitReport


def train_main(
    network: nn.Module, objective: Objective, batches: Batches, schedule: Schedule, run: Run | None = None
) -> FitReport:
    """Phase 1: all weights of `network` minimise O_0. Also trains every fixed network.

    Args:
        network: trained in place, and left in eval mode.
        batches: x, or (x, target); see `dynnet.batches.Batches`.
        run: device, state file and the like; default `Run()`.

    Returns and raises what `fit` does.
    """
    run = run or Run()
    objective = objective.to(run.launcher.device)

    def losses(wrapped: nn.Module, step: int) -> dict[str, Tensor]:
        batch = Batch.of(batches.batch_at(run.batch_number(step)), run.launcher.device)
        return objective(batch.through(wrapped), batch.target)

    network.train()
    report = fit(network, losses, schedule, run)
    network.eval()
    return report


def train_blocks(
    net: nn.Module,
    objective: Objective,
    batches: Batches,
    schedule: Schedule,
    run: Run | None = None,
    along: Along | None = None,
    keep_small: float = 0.0,
) -> FitReport:
    """Phase 2: the tuning-blocks minimise O_1; the main network is frozen.

    Args:
        net: a Dynamic-Net, whose blocks are trained in place; or whatever else is called with an alpha. Left in eval
            mode.
        batches: x, or (x, target); see `dynnet.batches.Batches`.
        run: device, state file and the like; default `Run()`.
        along: trains every picture at an alpha of its own on the objective between O_0 and O_1 that it stands for;
            default all blocks at alpha = 1 on O_1, as in the paper (section 3.2).
        keep_small: what psi(z) weighs, as its mean square over that of z, summed over the blocks of a Dynamic-Net;
            default nothing, as in the paper. See `dynnet.sizes` for why one would.

    Returns what `fit` does.

    Raises:
        DynnetError: what `fit` raises; keep_small is below 0, or there are no blocks whose size could be told.
    """
    if keep_small < 0:
        raise DynnetError(f"expected keep_small >= 0, got {keep_small}; 0 leaves the blocks' size alone")
    run = run or Run()
    objective = objective.to(run.launcher.device)

    def losses(wrapped: nn.Module, step: int) -> dict[str, Tensor]:
        number = run.batch_number(step)
        batch = Batch.of(batches.batch_at(number), run.launcher.device)
        if along is None:
            return objective(batch.through(wrapped, alpha=1.0), batch.target)
        alpha = _moved(along.alphas(number, batch.size), run.launcher.device)
        return between(along.start, objective, alpha)(batch.through(wrapped, alpha=alpha), batch.target)

    def with_size(wrapped: nn.Module, step: int) -> dict[str, Tensor]:
        values, size = losses(wrapped, step), sizes.total()
        return values | {"total": values["total"] + keep_small * size, "size": size}

    net.train()
    with BlockSizes(net) if keep_small else nullcontext() as sizes:
        report = fit(net, with_size if keep_small else losses, schedule, run)
    net.eval()
    return report


def _moved(alpha: Tensor | Mapping[str, Tensor], device: torch.device) -> Tensor | dict[str, Tensor]:
    if isinstance(alpha, Mapping):
        return {name: value.to(device) for name, value in alpha.items()}
    return alpha.to(device)
