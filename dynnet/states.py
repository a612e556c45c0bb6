"""What a killed training goes on from: one file, written in one step, and refused where it is of another training."""

import io
import logging
import pickle
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from dynnet.atomic import atomic_path
from dynnet.errors import DynnetError, first_line
from dynnet.schedule import Schedule

_log = logging.getLogger(__name__)


@dataclass
class FitReport:
    """What a fit did: steps, seconds over all its runs, and the losses averaged over every 25 steps."""

    steps: int = 0
    seconds: float = 0.0
    history: list[dict[str, float]] = field(default_factory=list)


def save_state(state: Path, kept: Mapping[str, Any], schedule: Schedule, report: FitReport) -> None:
    """Writes all that a killed fit goes on from.

    Args:
        kept: {name: what has a `state_dict`}.

    Raises:
        DynnetError: the file cannot be written; the one before it is left whole.
    """
    content = {name: part.state_dict() for name, part in kept.items()}
    content |= {
        "rng": torch.get_rng_state(),
        "threads": torch.get_num_threads(),
        "torch": str(torch.__version__),  # for whoever compares runs: another version goes on all the same
        "schedule": asdict(schedule),
        "report": asdict(report),
    }
    buffer = io.BytesIO()  # torch's own writer tells a full disk in 70 lines of C++
    torch.save(content, buffer)
    with atomic_path(state) as temporary:
        temporary.write_bytes(buffer.getbuffer())


def resumed(state: Path | None, kept: Mapping[str, Any], schedule: Schedule) -> FitReport:
    """Takes up what `save_state` wrote, where there is any, with as many threads; a new report where not.

    Raises:
        DynnetError: the file is damaged, or of another fit.
    """
    if state is None or not Path(state).exists():
        return FitReport()
    try:
        content = torch.load(state, map_location="cpu", weights_only=True)
        if content["schedule"] != asdict(schedule):
            raise DynnetError(
                f"{state} belongs to a fit with {content['schedule']}, this one has {asdict(schedule)}; "
                "move it away to start afresh"
            )
        for name, part in kept.items():
            part.load_state_dict(content[name])
        torch.set_rng_state(content["rng"])
        _set_threads(content["threads"])
        return FitReport(**content["report"])
    except (RuntimeError, KeyError, TypeError, EOFError, OSError, pickle.UnpicklingError) as error:
        raise DynnetError(f"{state} cannot be resumed ({first_line(error)}); move it away to start afresh") from error


def _set_threads(count: int) -> None:
    """How many there are decides the order of sums, and so the bits."""
    if count != (now := torch.get_num_threads()):
        _log.info("goes on with %d threads, as it began, and not with %d: its bits depend on it", count, now)
    torch.set_num_threads(count)
