"""The one optimisation loop: resumable, bit-identical after a kill, and loud when the loss is no number."""

import io
import logging
import pickle
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean
from typing import Any

import torch
from lightning_fabric import Fabric
from torch import Tensor, nn
from tqdm.auto import tqdm

from dynnet.atomic import atomic_path
from dynnet.errors import DynnetError, first_line
from dynnet.schedule import Schedule

_log = logging.getLogger(__name__)

Losses = Callable[[nn.Module, int], dict[str, Tensor]]
Play = Callable[[int], dict[str, float]]
LOG_EVERY = 25
SAVE_EVERY = 4 * LOG_EVERY


@dataclass
class FitReport:
    """What a fit did: steps, seconds over all its runs, and the losses averaged over every 25 steps."""

    steps: int = 0
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)


def fit(
    module: nn.Module,
    losses: Losses,
    schedule: Schedule,
    fabric: Fabric | None = None,
    state: Path | None = None,
    save_every: int = SAVE_EVERY,
    name: str = "fit",
) -> FitReport:
    """Minimise `losses(module, step)["total"]` over the module's trainable parameters.

    Batches must be a function of the step alone. Then a fit that was killed and started again with the same `state`
    file ends with the same bits (on a CPU) as one that ran through.

    Args:
        module: trained in place; its mode is the caller's to set.
        losses: (module, step) -> {"total": scalar, ...}; the other entries are shown and logged.
        fabric: device, precision and processes; default one CPU process in float32.
        state: where module, optimiser, schedule and RNG are kept between runs.
        save_every: steps between two writes of `state`; a multiple of 25.
        name: what logs and errors call it.

    Raises:
        DynnetError: the loss is NaN or infinite (`state` then holds the last good step), or `state` is of another fit.
    """
    fabric = fabric or Fabric(accelerator="cpu", devices=1)
    optimiser = torch.optim.Adam([p for p in module.parameters() if p.requires_grad], lr=schedule.rate)
    scheduler = new_scheduler(optimiser, schedule)
    wrapped, optimiser = fabric.setup(module, optimiser)

    def play(step: int) -> dict[str, float]:
        optimiser.zero_grad(set_to_none=True)
        with fabric.autocast():  # the loss networks too, not only the module that fabric wraps
            values = losses(wrapped, step)
        check_finite(values["total"], name, step, state)
        fabric.backward(values["total"])
        if schedule.clip:
            fabric.clip_gradients(wrapped, optimiser, max_norm=schedule.clip)
        optimiser.step()
        scheduler.step()
        return {key: value.item() for key, value in values.items()}

    kept = {"module": module, "optimiser": optimiser, "scheduler": scheduler}
    return run_steps(play, kept, (module,), schedule, fabric, state, save_every, name)


def run_steps(
    play: Play,
    kept: Mapping[str, Any],
    trained: Iterable[nn.Module],
    schedule: Schedule,
    fabric: Fabric,
    state: Path | None,
    save_every: int,
    name: str,
) -> FitReport:
    """Plays a schedule's steps, from where `state` says that an earlier run stopped; logs, checks and saves on the way.

    Args:
        play: one step, a function of its number alone; answers with the losses to show, not the same ones every time.
        kept: {name: what has a `state_dict`}: all that a killed run needs to go on.
        trained: whose weights must stay finite.

    Raises:
        DynnetError: a weight is NaN or infinite, or `state` is of another fit.
    """
    report, trained = _resume(state, kept, schedule), tuple(trained)
    clock, window = time.perf_counter() - report.seconds, []
    # disable=None shows the bar on terminals only
    bar = tqdm(total=schedule.steps, initial=report.steps, desc=name, disable=None if fabric.is_global_zero else True)
    for step in range(report.steps, schedule.steps):
        window.append(play(step))
        report.steps, report.seconds = step + 1, time.perf_counter() - clock
        last = report.steps == schedule.steps
        if report.steps % LOG_EVERY == 0 or last:
            mean = _means(window)
            report.history.append({"step": report.steps, **mean})
            bar.set_postfix({key: f"{value:.4g}" for key, value in mean.items()})
            window = []
        if report.steps % save_every == 0 or last:
            size = sum(p.detach().square().sum() for module in trained for p in module.parameters())
            check_finite(size, name, step, state, "the size of the weights")  # a finite loss can have a NaN gradient
            if state:
                _save_state(state, kept, schedule, report, fabric)
                if bar.disable and fabric.is_global_zero:  # in a log file the bar's place is taken by lines
                    shown = _shown_losses(report.history[-1])
                    _log.info("%s: step %d of %d, %s", name, report.steps, schedule.steps, shown)
        bar.update()
    bar.close()
    return report


def batch_number(step: int, fabric: Fabric) -> int:
    """Which batch this process takes at a step: with several processes, a step is of as many batches, one for each."""
    return step * fabric.world_size + fabric.global_rank


def new_scheduler(optimiser: torch.optim.Optimizer, schedule: Schedule) -> torch.optim.lr_scheduler.LRScheduler:
    """The learning rate of every step, as the schedule says."""
    if schedule.one_cycle:
        return torch.optim.lr_scheduler.OneCycleLR(
            optimiser, schedule.rate, total_steps=schedule.steps, pct_start=0.25, cycle_momentum=False
        )
    return torch.optim.lr_scheduler.ConstantLR(optimiser, factor=1.0)


def check_finite(total: Tensor, name: str, step: int, state: Path | None, what: str = "the loss") -> None:
    """Stops a fit at a number that is none.

    Raises:
        DynnetError: `total`, a scalar, is NaN or infinite; says where the last good state is.
    """
    if not torch.isfinite(total):
        kept = f"the last good state is in {state}" if state and state.exists() else "nothing was saved yet"
        raise DynnetError(
            f"{name}: {what} is {total.item()} at step {step}; {kept}; "
            "lower the learning rate or the loss weights and start again"
        )


def _save_state(state: Path, kept: Mapping[str, Any], schedule: Schedule, report: FitReport, fabric: Fabric) -> None:
    """Writes all that a killed fit goes on from, in one step."""
    if fabric.is_global_zero:
        content = {name: part.state_dict() for name, part in kept.items()}
        content |= {"rng": torch.get_rng_state(), "schedule": asdict(schedule), "report": asdict(report)}
        buffer = io.BytesIO()  # torch's own writer tells a full disk in 70 lines of C++
        torch.save(content, buffer)
        with atomic_path(state) as temporary:
            temporary.write_bytes(buffer.getbuffer())
    fabric.barrier()


def _resume(state: Path | None, kept: Mapping[str, Any], schedule: Schedule) -> FitReport:
    """Takes up what `_save_state` wrote, where there is any; a new report where not."""
    if state is None or not state.exists():
        return FitReport()
    try:
        content = torch.load(state, map_location="cpu", weights_only=True)
        if content["schedule"] != asdict(schedule):
            raise DynnetError(
                f"{state} belongs to a fit with {content['schedule']}, this one has {asdict(schedule)}; "
                "delete it to start afresh"
            )
        for name, part in kept.items():
            part.load_state_dict(content[name])
        torch.set_rng_state(content["rng"])
        return FitReport(**content["report"])
    except (RuntimeError, KeyError, TypeError, EOFError, OSError, pickle.UnpicklingError) as error:
        raise DynnetError(f"{state} cannot be resumed ({first_line(error)}); delete it to start afresh") from error


def _shown_losses(losses: dict[str, float]) -> str:
    """`total 1.2, content 0.9`, for a log."""
    return ", ".join(f"{key} {value:.4g}" for key, value in losses.items() if key != "step")


def _means(window: Sequence[dict[str, float]]) -> dict[str, float]:
    """Every value's mean over the steps that have it."""
    names = {name: None for values in window for name in values}
    return {name: fmean(values[name] for values in window if name in values) for name in names}
