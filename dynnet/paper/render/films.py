"""Films rendered frame by frame, with their sound: one thread decodes, one computes, one encodes."""

import logging
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
from torch import Tensor
from tqdm import tqdm

from dynnet.errors import DynnetError
from dynnet.paper.data.pictures import to_tensor
from dynnet.paper.render.film_reader import FilmReader, Frame
from dynnet.paper.render.film_writer import SUFFIXES, FilmWriter
from dynnet.paper.render.frames import FramePainter
from dynnet.paper.render.look import Look
from dynnet.paper.render.painter import Painter
from dynnet.paper.render.photo import at_most, levels
from dynnet.paper.render.pictures import Form
from dynnet.paper.render.pipeline import Behind, ahead
from dynnet.paper.render.plan import Job, numbered
from dynnet.paper.render.pyav import pyav
from dynnet.paper.render.strengths import Strength

_log = logging.getLogger(__name__)


def film_targets(job: Job, look: Look, form: Form) -> list[Path]:
    """The films that a job makes.

    Raises:
        DynnetError: PyAV is missing; it is to go into a file that is no film, or on a sheet.
    """
    pyav()
    if form.sheet:
        raise DynnetError(f"{job.source}: a sheet shows pictures, got a film; leave --sheet out")
    target = job.target
    if target.suffix.lower() not in SUFFIXES:
        if job.chosen:
            raise DynnetError(f"-o {target}: a film goes into a file of {', '.join(SUFFIXES)}; call it so")
        target = target.with_suffix(".mp4")
    several = len(look.strengths) > 1
    return [numbered(target, strength.text, several) for strength in look.strengths]


def render_film(source: Path, files: list[Path], painter: Painter, look: Look, form: Form) -> None:
    """Writes a film for every strength. One that is interrupted leaves NAME.part.SUFFIX, which plays.

    Raises:
        DynnetError: the film cannot be read or written, or the network cannot render it.
    """
    for strength, file in zip(look.strengths, files, strict=True):
        with closing(FilmReader(source)) as film:
            _render(film, file, strength, painter, look, form)


def _render(film: FilmReader, file: Path, strength: Strength, painter: Painter, look: Look, form: Form) -> None:
    bar = tqdm(total=film.count or None, unit="frame", desc=film.path.name, disable=not sys.stderr.isatty())
    writer: FilmWriter | None = None
    frames = ahead(film)
    try:
        with closing(frames), bar:
            first = next(frames, None)
            if first is None:
                raise DynnetError(f"{film.path}: expected a film, got one without frames")
            paint = _painting(film, first, strength, painter, look, form)
            pixels = paint(first)
            writer = FilmWriter(file, *pixels.shape[:2], film.time_base, film.rate, film.path)
            with Behind(lambda item: writer.add(*item)) as behind:
                behind.put((pixels, first.pts))
                bar.update()
                for frame in frames:
                    behind.put((paint(frame), frame.pts))
                    bar.update()
        writer.finish()
    except BaseException:
        if writer is not None:
            _leave(writer)
        raise


def _painting(
    film: FilmReader, first: Frame, strength: Strength, painter: Painter, look: Look, form: Form
) -> Callable[[Frame], np.ndarray]:
    """What renders a frame at the strength of its time."""
    x = at_most(to_tensor(first.pixels), form.size)
    steps = look.steps(painter, x)
    by_frame = FramePainter(painter, x, film.count, look.mask is None)
    length = max(film.seconds - float(1 / film.rate), 1e-9)

    def paint(frame: Frame) -> np.ndarray:
        time = float((frame.pts - first.pts) * film.time_base) / length
        return levels(look.painting(by_frame, _sized(frame, form), film.path.name, False, steps)(strength, time))

    return paint


def _sized(frame: Frame, form: Form) -> Tensor:
    return at_most(to_tensor(frame.pixels), form.size)


def _leave(writer: FilmWriter) -> None:
    with suppress(Exception):  # the disk may be full: what is written is in pieces, and plays as it is
        writer.stop()
    _log.warning("stopped early; what there is plays: %s", writer.part)
