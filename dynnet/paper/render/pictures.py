"""Pictures rendered one after the other: a picture, several α, a sheet or a walk of each; what fails is named."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from dynnet.errors import DynnetError
from dynnet.paper.render import animation
from dynnet.paper.render.contact_sheet import contact_sheet
from dynnet.paper.render.look import Look
from dynnet.paper.render.painter import Painter
from dynnet.paper.render.photo import Photo, at_most, levels, read_photo
from dynnet.paper.render.plan import FILMS, Job, numbered
from dynnet.paper.render.saving import QUALITY, save_picture
from dynnet.paper.render.strengths import Strength, evenly

WALK_SIDE = 800  # pixels of the longer side of a walk's frames, where no size is given


@dataclass(frozen=True)
class Form:
    """What is written.

    Attributes:
        quality: 1 to 100, of JPEG and WebP.
        metadata: whether what the camera wrote goes into the results.
        size: pixels of the longer side, at most; None leaves pictures at theirs.
        sheet: all α on one sheet.
        frames, rate: of a walk; the rate is a second's.
    """

    quality: int = QUALITY
    metadata: bool = True
    size: int | None = None
    sheet: bool = False
    frames: int = 48
    rate: float = 24.0

    @property
    def text(self) -> str:
        """All of it, for what remembers how a picture was made."""
        return repr(self)


def targets(job: Job, look: Look, form: Form) -> list[Path]:
    """The files that a job of a picture makes.

    Raises:
        DynnetError: a walk is to go into a file that is no animation.
    """
    if form.sheet:
        return [job.target]
    if look.strengths[0].moves:
        if job.target.suffix.lower() in (*animation.SUFFIXES, *FILMS):
            return [job.target]
        if job.chosen:
            raise DynnetError(f"-o {job.target}: a walk goes into a .gif, .webp or .mp4 file; call it so")
        return [job.target.with_suffix(".webp")]
    several = len(look.strengths) > 1
    return [numbered(job.target, strength.text, several) for strength in look.strengths]


def render_picture(source: Path | bytes, files: list[Path], painter: Painter, look: Look, form: Form) -> None:
    """Reads a picture and writes its results: what `targets` names.

    Raises:
        DynnetError: the picture cannot be used, the network cannot render it, or a file cannot be written.
    """
    name = "stdin" if isinstance(source, bytes) else str(source)
    photo = read_photo(source)
    walk = look.strengths[0].moves
    x = at_most(photo.tensor(), form.size or (WALK_SIDE if walk and not form.sheet else None))
    steps = look.steps(painter, x)
    painted = look.painting(painter, x, name, walk or len(look.strengths) > 1, steps)
    if form.sheet:
        shown = [(_caption(strength), levels(painted(strength, 0.0))) for strength in look.strengths]
        save_picture(contact_sheet(shown), files[0], quality=form.quality)
    elif walk:
        frames = (levels(painted(look.strengths[0], time)) for time in evenly(form.frames))
        save_walk(frames, files[0], form)
    else:
        for strength, file in zip(look.strengths, files, strict=True):
            save_picture(levels(painted(strength, 0.0), _deep(photo, file)), file, _exif(photo, form), form.quality)


def save_walk(frames: Iterable[np.ndarray], path: Path, form: Form) -> None:
    """Writes the frames of a walk as an animation or a film, by the suffix."""
    if path.suffix.lower() in animation.SUFFIXES:
        animation.save_animation(frames, path, form.rate, form.quality)
    else:
        from dynnet.paper.render.film_writer import save_film  # needs PyAV

        save_film(frames, path, form.rate)


def _caption(strength: Strength) -> str:
    return f"α = {strength.text}"


def _deep(photo: Photo, file: Path) -> bool:
    return photo.deep and file.suffix.lower() == ".png"


def _exif(photo: Photo, form: Form) -> bytes:
    return photo.exif if form.metadata else b""
