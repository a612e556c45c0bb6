"""The one optimisation loop: resumable, bit-identical after a kill, and loud when the loss is no number."""

import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from torch import Tensor, nn

from dynnet.errors import DynnetError
from dynnet.gradients import GradientCheck
from dynnet.launching import LOG_EVERY, Run
from dynnet.schedule import Schedule
from dynnet.states import FitReport, resumed, save_state

_log = logging.getLogger(__name__)

Losses = Callable[[nn.Module, int], dict[str, Tensor]]
Play = Callable[[int], dict[str, float]]


def fit(module: nn.Module, losses: Losses, schedule: Schedule, run: Run | None = None) -> FitReport:
    """Minimise `losses(module, step)["total"]` over the module's trainable parameters.

    Batches must be a function of the step alone. Then a fit that was killed and started again with the same state file
    ends with the same bits (on a CPU) as one that ran through.

    Args:
        module: trained in place; its mode is the caller's to set.
        losses: (module, step) -> {"total": scalar, ...}; the other entries are shown and logged.
        run: device, state file and the like; default `Run()`.

    Raises:
        DynnetError: the loss is NaN or infinite (the state file then holds the last good step), a weight is, the state
            file is of another fit, or a block gets no gradient (see `dynnet.gradients`).
    """
    run = run or Run()
    check = GradientCheck(module, run.name)
    optimiser = torch.optim.Adam([p for p in module.parameters() if p.requires_grad], lr=schedule.rate)
    scheduler = new_scheduler(optimiser, schedule)
    wrapped, optimiser = run.launcher.setup(module, optimiser)

    def play(step: int) -> dict[str, float]:
        optimiser.zero_grad(set_to_none=True)
        with run.launcher.autocast():  # the loss networks too, not only the module that is set up
            values = losses(wrapped, step)
        check_finite(values["total"], step, run)
        check.before(values["total"])
        run.launcher.backward(values["total"])
        check.after(last=step + 1 == schedule.steps)
        if schedule.clip:  # a norm that is no number is left to the check of the weights
            run.launcher.clip_gradients(wrapped, optimiser, max_norm=schedule.clip, error_if_nonfinite=False)
        optimiser.step()
        scheduler.step()
        return {key: value.item() for key, value in values.items()}

    kept = {"module": module, "optimiser": optimiser, "scheduler": scheduler}
    return run_steps(play, kept, (module,), schedule, run)


def run_steps(
    play: Play, kept: Mapping[str, Any], trained: Iterable[nn.Module], schedule: Schedule, run: Run
) -> FitReport:
    """Plays a schedule's steps, from where the state file says that an earlier run stopped.

    Args:
        play: one step, a function of its number alone; answers with the losses to show, not the same ones every time.
        kept: {name: what has a `state_dict`}: all that a killed run needs to go on.
        trained: whose weights must stay finite.

    Raises:
        DynnetError: a weight is NaN or infinite, or the state file is of another fit.
    """
    report, trained = resumed(run.state, kept, schedule), tuple(trained)
    clock, window = time.perf_counter() - report.seconds, []
    shown = report.history[-1] if report.history else {}
    for step in range(report.steps, schedule.steps):
        window.append(play(step))
        report.steps, report.seconds = step + 1, time.perf_counter() - clock
        last = report.steps == schedule.steps
        if report.steps % LOG_EVERY == 0 or last:
            shown = _means(window)
            report.history.append({"step": report.steps, **shown})
            window = []
        if report.steps % run.save_every == 0 or last:
            size = sum(p.detach().square().sum() for module in trained for p in module.parameters())
            check_finite(size, step, run, "the size of the weights")  # a finite loss can have a NaN gradient
            if run.state and run.launcher.is_global_zero:
                save_state(Path(run.state), kept, schedule, report)
            run.launcher.barrier()
            if run.progress is None and run.launcher.is_global_zero:
                _log.info("%s: step %d of %d, %s", run.name, report.steps, schedule.steps, as_text(shown))
        if run.progress and run.launcher.is_global_zero:
            run.progress(report.steps, schedule.steps, shown)
    return report


def new_scheduler(optimiser: torch.optim.Optimizer, schedule: Schedule) -> torch.optim.lr_scheduler.LRScheduler:
    """The learning rate of every step, as the schedule says."""
    if schedule.one_cycle:
        return torch.optim.lr_scheduler.OneCycleLR(
            optimiser, schedule.rate, total_steps=schedule.steps, pct_start=0.25, cycle_momentum=False
        )
    return torch.optim.lr_scheduler.ConstantLR(optimiser, factor=1.0)


def check_finite(total: Tensor, step: int, run: Run, what: str = "the loss") -> None:
    """Stops a fit at a number that is none.

    Raises:
        DynnetError: `total`, a scalar, is NaN or infinite; says where the last good state is.
    """
    if not torch.isfinite(total):
        good = run.state and Path(run.state).exists()
        kept = f"the last good state is in {run.state}" if good else "nothing was saved yet"
        raise DynnetError(
            f"{run.name}: {what} is {total.item()} at step {step}; {kept}; "
            "lower the learning rate or the loss weights and start again"
        )


def as_text(losses: Mapping[str, float]) -> str:
    """`total 1.2, content 0.9`, for a line of a log or a progress bar."""
    return ", ".join(f"{key} {value:.4g}" for key, value in losses.items() if key != "step")


def _means(window: Sequence[dict[str, float]]) -> dict[str, float]:
    """Every value's mean over the steps that have it."""
    names = {name: None for values in window for name in values}
    return {name: fmean(values[name] for values in window if name in values) for name in names}
