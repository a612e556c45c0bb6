"""How much longer work takes beside busy processes: a training step of Figure 3's blocks and a re-render of its net.

`python -m dynnet.paper.busy > docs/busy.csv` compares settings of threads and of waiting; `make bench` has the row of
the setting that the library chooses.
"""

import contextlib
import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import count
from statistics import median

from dynnet.paper.process import THREADS, cores

ROUNDS, STEPS = 3, 5
_SPIN = "while True: pass"
_WARM = 1.0  # seconds until a busy process is busy

SETTINGS: dict[str, dict[str, str]] = {
    "as chosen": {},
    "a thread for each core": {THREADS: str(cores())},
    "the same, waiting passively": {THREADS: str(cores()), "OMP_WAIT_POLICY": "passive"},
    "the same, 1,000 spins": {THREADS: str(cores()), "GOMP_SPINCOUNT": "1000"},
    "the same, 20,000 spins": {THREADS: str(cores()), "GOMP_SPINCOUNT": "20000"},
    "the same, 100,000 spins": {THREADS: str(cores()), "GOMP_SPINCOUNT": "100000"},
    "a thread less": {THREADS: str(max(1, cores() - 1))},
}


@dataclass(frozen=True)
class Pace:
    """Milliseconds of a training step and of a re-render, and how many threads computed them."""

    step: float
    render: float
    threads: float


def paces(settings: Iterable[Mapping[str, str]], busy: Iterable[int], rounds: int = ROUNDS) -> list[list[Pace]]:
    """For every setting and every number of busy processes the median pace of a few processes.

    All take turns in each round, so that whatever else the machine does hits all alike.

    Args:
        settings: environment variables, one set for each setting.
        busy: how many processes are busy beside it.
    """
    settings, busy = list(settings), list(busy)
    found: list[list[list[Pace]]] = [[[] for _ in busy] for _ in settings]
    for _ in range(rounds):
        for row, variables in zip(found, settings, strict=True):
            for paces, beside in zip(row, busy, strict=True):
                with _busy_processes(beside):
                    paces.append(_measured(variables))
    return [[_middle(paces) for paces in row] for row in found]


def _middle(paces: Iterable[Pace]) -> Pace:
    columns = zip(*((pace.step, pace.render, pace.threads) for pace in paces), strict=True)
    return Pace(*(median(column) for column in columns))


@contextlib.contextmanager
def _busy_processes(number: int) -> Iterator[None]:
    processes = [subprocess.Popen([sys.executable, "-c", _SPIN]) for _ in range(number)]
    try:
        time.sleep(_WARM if processes else 0.0)
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def _measured(variables: Mapping[str, str]) -> Pace:
    """In a process of its own, which looks at the cores when it begins, as every process of the reproduction does."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(("OMP_", "GOMP_", "KMP_", "MKL_"))}
    command = [sys.executable, "-c", "from dynnet.paper import busy; busy.report()"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, env=inherited | variables)
    return Pace(**json.loads(answer.stdout.splitlines()[-1]))


def report(steps: int = STEPS) -> None:
    """Measures this process and writes its pace to stdout, as JSON."""
    import torch  # here, after the environment is what it should be

    from dynnet.incremental import IncrementalForward
    from dynnet.paper.run import load
    from dynnet.paper.style.losses.objective import objective

    trained, fresh = load("fig3"), (number / 1000 for number in count(1))
    net, spec = trained.dynamic["blocks"], trained.recipe.profile.photos
    x = torch.rand(spec.batch, 3, spec.crop, spec.crop)
    wanted = objective(trained.terms, trained.recipe, 1e6)

    def step() -> None:
        net.zero_grad()
        wanted(net(x, alpha=1.0), x)["total"].backward()

    with torch.no_grad():
        render = IncrementalForward(net, x[:1])
        rendering = _milliseconds(lambda: render(next(fresh)), 4 * steps)
    pace = {"step": _milliseconds(step, steps), "render": rendering, "threads": torch.get_num_threads()}
    sys.stdout.write(json.dumps(pace) + "\n")


def _milliseconds(action: Callable[[], object], repeats: int) -> float:
    action()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        action()
        times.append(1e3 * (time.perf_counter() - started))
    return median(times)


def table(settings: Mapping[str, Mapping[str, str]], rounds: int = ROUNDS) -> list[list[str]]:
    """Settings, one to a row under a heading, alone and beside one and two busy processes: a step (a re-render), ms."""
    rows = [["setting", "alone, ms", "beside one", "beside two", "threads"]]
    for name, row in zip(settings, paces(settings.values(), (0, 1, 2), rounds), strict=True):
        threads = ", ".join(f"{pace.threads:.0f}" for pace in row)
        rows.append([name, *(f"{pace.step:.0f} ({pace.render:.1f})" for pace in row), threads])
    return rows


if __name__ == "__main__":
    csv.writer(sys.stdout, lineterminator="\n").writerows(table(SETTINGS))
