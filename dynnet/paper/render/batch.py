"""All that one command renders: job by job, what is done already passed over, what fails named and counted."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from tqdm import tqdm

from dynnet.errors import DynnetError, first_line, one_line
from dynnet.fingerprint import fingerprint
from dynnet.paper.devices import check_device
from dynnet.paper.render.ledger import Ledger
from dynnet.paper.render.look import Look
from dynnet.paper.render.networks import network
from dynnet.paper.render.painter import Painter
from dynnet.paper.render.pictures import Form, render_picture, targets
from dynnet.paper.render.plan import Job, check_target, part_of, planned


def new_painter(net: str, device: str, precision: str, threads: int | None) -> Painter:
    """The painter that a command asks for.

    Raises:
        DynnetError: no such network, device or precision.
    """
    check_device(device)
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    if threads is not None:
        torch.set_num_threads(threads)
    return Painter(network(net), device, precision)


class Batch:
    """The jobs of one command.

    Attributes:
        written: the files that were made.
        skipped: how many were there already.
        failures: {input: why it failed}.
    """

    def __init__(self, painter: Painter, look: Look, form: Form, overwrite: bool = False):
        self.painter, self.look, self.form, self.overwrite = painter, look, form, overwrite
        self.written: list[Path] = []
        self.skipped = 0
        self.failures: dict[str, str] = {}
        self.left_out = ""
        self._jobs = 0

    def run(self, inputs: Sequence[Path], out: Path | None) -> None:
        """Renders everything; a failure keeps nothing else from being rendered.

        Raises:
            DynnetError: the inputs or `out` make no sense, before anything is rendered.
        """
        plan = planned(inputs, out, suffixes=(".gif",) if self.look.strengths[0].moves else ())
        self.left_out, self._jobs = plan.left_out, len(plan.jobs)
        settings = f"{fingerprint(self.painter.net)} {self.look.text} {self.form.text}"
        ledger = Ledger(plan.out, settings)
        sources = [job.source for job in plan.jobs] + ([self.look.mask.path] if self.look.mask else [])
        bar = len(plan.jobs) > 1 and sys.stderr.isatty()
        for job in tqdm(plan.jobs, unit="picture", disable=not bar):
            try:
                self._do(job, ledger, sources)
            except Exception as error:  # whatever one picture leads to, the others are rendered
                self.failures[str(job.source)] = one_line(error) if isinstance(error, DynnetError) else _odd(error)

    def tell(self, say: Callable[[str], None]) -> None:
        """Says what was done.

        Raises:
            DynnetError: something failed; it names what, and why.
        """
        for path in self.written if len(self.written) <= 8 else self.written[:0]:
            say(f"wrote {path}")
        if len(self.written) > 8:
            say(f"wrote {len(self.written)} files under {self.written[0].parent}")
        if self.skipped:
            say(f"{self.skipped} were there already, made of the same pictures in the same way")
        if self.left_out:
            say(f"left out of {self.left_out}")
        if not self.failures:
            return
        if self._jobs == 1:
            raise DynnetError(next(iter(self.failures.values())))
        for name, why in self.failures.items():
            say(f"failed: {why if name in why else f'{name}: {why}'}")
        raise DynnetError(f"{len(self.failures)} of {self._jobs} failed: {', '.join(self.failures)}")

    def _do(self, job: Job, ledger: Ledger, sources: Sequence[Path]) -> None:
        if job.is_film:
            from dynnet.paper.render.films import film_targets, render_film  # needs PyAV

            files = film_targets(job, self.look, self.form)
        else:
            files = targets(job, self.look, self.form)
        for file in [*files, *map(part_of, files)] if job.is_film else files:
            check_target(file, sources)
        if not job.chosen and not self.overwrite and all([ledger.has(job.source, file) for file in files]):
            self.skipped += len(files)
            return
        if job.is_film:
            render_film(job.source, files, self.painter, self.look, self.form)
        else:
            render_picture(job.source, files, self.painter, self.look, self.form)
        self.written += files
        for file in files if not job.chosen else ():
            ledger.add(job.source, file)


def _odd(error: Exception) -> str:
    if isinstance(error, torch.OutOfMemoryError | MemoryError):
        return "there was too little memory for it; make it smaller with --size, or close other programs"
    return f"{type(error).__name__}: {first_line(error)}"
