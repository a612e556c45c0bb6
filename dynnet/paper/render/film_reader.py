"""A film's frames as people see them: upright RGB, each with its time."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from dynnet.errors import DynnetError, one_line
from dynnet.paper.data.pictures import LONGEST_SIDE, SMALLEST_SIDE
from dynnet.paper.render.pyav import pyav

_HD = 720  # from that height on, colours are BT.709's where nothing is said
_SPACES = {1: "ITU709", 5: "ITU601", 6: "ITU601", 7: "SMPTE240M"}


class Frame(NamedTuple):
    """One picture of a film.

    Attributes:
        pixels: uint8 (H, W, 3).
        pts: its time, in the film's `time_base`.
    """

    pixels: np.ndarray
    pts: int


class FilmReader:
    """A film that is read from its beginning.

    Attributes:
        time_base, rate: seconds of one unit of a frame's time, and frames a second.
        count: how many frames there are, as far as the file tells; 0 where it does not.
        seconds: how long it is, likewise.

    Raises:
        DynnetError: PyAV is missing, or the file is no film that it reads.
    """

    def __init__(self, path: Path):
        self.path, self._av = path, pyav()
        try:
            self._container = self._av.open(str(path))
        except (self._av.error.FFmpegError, OSError, ValueError) as error:
            raise DynnetError(f"{path}: expected a film, got none or a damaged one ({_said(error)})") from error
        if not self._container.streams.video:
            self._container.close()
            raise DynnetError(f"{path}: expected a film with pictures, got sound alone")
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "AUTO"
        self.time_base: Fraction = self._stream.time_base
        self.rate: Fraction = self._stream.average_rate or self._stream.guessed_rate or Fraction(25)
        length = self._stream.duration and self._stream.duration * self.time_base
        self.seconds = float(length or (self._container.duration or 0) / 1e6)
        self.count = self._stream.frames or round(self.seconds * self.rate)

    def __iter__(self) -> Iterator[Frame]:
        step, last = max(1, round(1 / (self.rate * self.time_base))), None
        try:
            for frame in self._container.decode(self._stream):
                pts = frame.pts if frame.pts is not None else 0 if last is None else last + step
                if last is not None and pts <= last:  # some recorders write a time twice
                    pts = last + 1
                last = pts
                yield Frame(self._pixels(frame), pts)
        except self._av.error.FFmpegError as error:
            raise DynnetError(f"{self.path}: the film is damaged ({_said(error)}); copy it again") from error

    def close(self) -> None:
        """Lets the file go."""
        self._container.close()

    def _pixels(self, frame: Any) -> np.ndarray:
        if not (min(frame.width, frame.height) >= SMALLEST_SIDE and max(frame.width, frame.height) <= LONGEST_SIDE):
            raise DynnetError(f"{self.path}: expected frames of {SMALLEST_SIDE} pixels a side or more, got {frame}")
        said = int(frame.colorspace)
        space = _SPACES.get(said) or ("ITU709" if frame.height >= _HD else "ITU601")
        rgb = frame.reformat(format="rgb24", src_colorspace=space).to_ndarray()
        return np.ascontiguousarray(np.rot90(rgb, round(frame.rotation / 90)))


def _said(error: Exception) -> str:
    return one_line(error)[:120]
