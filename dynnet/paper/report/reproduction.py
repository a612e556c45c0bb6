"""A notebook run anew, and what became of its figures: files, claims, and numbers beside those of before."""

import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from dynnet.errors import DynnetError
from dynnet.paper.report.changes import largest_change, other_measure
from dynnet.paper.report.claims import Record, read_record
from dynnet.paper.report.figures import figures_of, missing_packages
from dynnet.paper.report.notebooks import run_notebook


@dataclass(frozen=True)
class Outcome:
    """What a run made of one figure.

    Attributes:
        record: None for a drawing, which measures nothing.
        before: the record that was there, if any.
        missing: packages that it needs and that are not installed; then the figure is left as it was.
    """

    figure: str
    record: Record | None
    before: Record | None
    missing: tuple[str, ...] = ()

    def __str__(self) -> str:
        """9 of 9 claims hold   189 s  largest change 1.2 % of its value (below, from 1 to 0.988)"""
        if self.missing:
            return f"{self.figure:20} left as it ships: not installed are {', '.join(self.missing)}"
        if self.record is None:
            return f"{self.figure:20} drawn"
        said = (
            f"{self.figure:20} {self.record.held} of {len(self.record.claims)} claims hold {self.record.seconds:5.0f} s"
        )
        if self.before is None:
            return f"{said}  no record to compare with"
        change, other = largest_change(self.before, self.record), other_measure(self.before, self.record)
        return f"{said}  {change or 'no claim in common with the record before'}{f'; {other}' if other else ''}"


@dataclass(frozen=True)
class Run:
    """What a run of a notebook took and left."""

    seconds: float
    outcomes: tuple[Outcome, ...]

    def __str__(self) -> str:
        """96 s  8 of 10 claims hold"""
        records = [outcome.record for outcome in self.outcomes if outcome.record]
        held, claims = sum(record.held for record in records), sum(len(record.claims) for record in records)
        return f"{self.seconds:4.0f} s  " + (f"{held} of {claims} claims hold" if records else "no claims")


def reproduce(notebook: Path, parameters: Mapping[str, str], out: Path, build: Path) -> Run:
    """Runs a notebook headless and reads what it left.

    Where packages are missing that the notebook needs, it says so and leaves nothing.

    Args:
        parameters: of the notebook, but for `out_dir`.
        out: receives the figures' files; the records that are there before the run are what it is compared with.
        build: receives the executed copy, and, of a notebook that makes no figure, a folder of its own.

    Raises:
        DynnetError: a cell failed; or a file that the notebook should leave is missing or from before.
    """
    figures, started = figures_of(notebook), time.perf_counter()
    missing = tuple(missing_packages(notebook))
    expected = [Path(out) / name for figure in figures for name in figure.files]
    before = {path: path.stat().st_mtime_ns for path in expected if path.is_file()}
    records = {figure.name: _record(Path(out), figure.name) for figure in figures}
    own = Path(out) if figures else Path(build) / notebook.stem.partition("_")[2]
    run_notebook(notebook, {**parameters, "out_dir": str(own.resolve())}, build)
    if missing:
        left = tuple(Outcome(figure.name, None, None, missing) for figure in figures)
        return Run(time.perf_counter() - started, left)
    if not_left := [p.name for p in expected if not p.is_file() or p.stat().st_mtime_ns == before.get(p)]:
        raise DynnetError(
            f"{notebook.name} left no new {', '.join(not_left)} in {out}/; its metadata say that it makes them"
        )
    made = [
        Outcome(f.name, read_record(out / f"{f.name}.json") if f"{f.name}.json" in f.files else None, records[f.name])
        for f in figures
    ]
    return Run(time.perf_counter() - started, tuple(made))


def side_by_side(
    notebooks: Sequence[Path], parameters: Mapping[str, str], out: Path, build: Path, jobs: int
) -> Iterator[tuple[Path, Future[Run]]]:
    """Runs several notebooks, `jobs` of them at a time, and gives them back in their order, each when it is done.

    What goes wrong in one, `result()` raises, and the others run on.

    Args:
        notebooks: to run; the other arguments are those of `reproduce`.
    """
    with ThreadPoolExecutor(jobs) as pool:  # a notebook's work is done in its kernel, which is a process
        runs = [pool.submit(reproduce, notebook, parameters, out, build) for notebook in notebooks]
        for notebook, run in zip(notebooks, runs, strict=True):
            run.exception()  # waits
            yield notebook, run


def _record(folder: Path, figure: str) -> Record | None:
    """The record that is there; a damaged one is about to be made again, and says nothing."""
    try:
        return read_record(folder / f"{figure}.json")
    except DynnetError:
        return None
