"""Sliders that move without a kernel: what an explorer shows along its walks, as pictures in a piece of HTML.

A headless run sets the variable `DYNNET_FRAMES`, and its executed copy then holds a flip book in the place of widgets,
which nobody could answer. It asks nobody for anything. Where a page's scripts do not run, it is a picture.
"""

import base64
import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import ipywidgets
import numpy as np
from jinja2 import Environment
from PIL import Image

from dynnet.errors import DynnetError
from dynnet.paper.data.pictures import jpeg_bytes

VARIABLE = "DYNNET_FRAMES"  # how many frames the first walk of a flip book has; without it there are widgets
FRAMES = 21
_TEMPLATE, _SCRIPT = (Path(__file__).with_name(f"flip_book.{kind}") for kind in ("html", "js"))
_PER_UNIT = (50, 40, 20, 10, 8, 5, 4, 2, 1)  # frames to a unit of alpha, so that 0 and 1 are among them
_QUALITY = 78  # of JPEG


@dataclass(frozen=True)
class Frame:
    """What is to be seen at one place of a slider.

    Attributes:
        pictures: {title: uint8 (H, W, 3)}, the same titles in all frames of a book.
        reading: a line of text below them.
        dot: where the working point lies on the book's plot, from its upper left corner, in shares of its sides.
    """

    pictures: Mapping[str, np.ndarray]
    reading: str = ""
    dot: tuple[float, float] | None = None


@dataclass(frozen=True)
class FlipBook:
    """The frames of an explorer, taken when they are asked for.

    Attributes:
        walks: {what moves: alpha -> frame}; of the second and further ones half as many frames are taken.
        low, high: range of alpha.
        width: of each picture on the page, in pixels.
        plot: its title and uint8 (H, W, 3), for the dots of the frames.
        budget: bytes that the pictures may take in HTML; they are made smaller until they fit.
    """

    walks: Mapping[str, Callable[[float], Frame]]
    low: float = 0.0
    high: float = 1.0
    width: int = 256
    plot: tuple[str, Callable[[], np.ndarray]] | None = None
    budget: int = 700_000

    def html(self, frames: int = FRAMES) -> str:
        """The book with about so many frames of the first walk.

        Raises:
            DynnetError: there are fewer than two.
        """
        taken = {}
        for name, frame in self.walks.items():
            count = frames if not taken else max(2, (frames + 1) // 2)
            taken[name] = [(alpha, frame(alpha)) for alpha in places(self.low, self.high, count)]
        pictures = _Pictures()
        walks = [{"name": name, "frames": [_entry(*one, pictures) for one in walk]} for name, walk in taken.items()]
        first = walks[0]["frames"]
        start = min(range(len(first)), key=lambda index: abs(first[index]["alpha"] - 0.5))  # where there is most to see
        titles = list(next(iter(taken.values()))[0][1].pictures)
        data = {"walks": walks, "sources": pictures.encoded(self.width, self.budget)}
        template = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string(_read(_TEMPLATE))
        return template.render(
            titles=titles,
            start=start,
            width=self.width,
            plot=self._plotted(),
            script=_read(_SCRIPT),
            json=json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
            **data,
        )

    def _plotted(self) -> dict[str, str] | None:
        if self.plot is None:
            return None
        title, drawn = self.plot
        return {"title": title, "source": _base64(jpeg_bytes(drawn(), 85))}


class View(ipywidgets.VBox):
    """What an explorer displays: its widgets or, in a headless run, its flip book."""

    def __init__(self, children: Sequence[ipywidgets.Widget], book: FlipBook):
        super().__init__(children)
        self._book = book

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        if frames := frames_wanted():
            return {"text/html": self._book.html(frames), "text/plain": "sliders that move without a kernel"}
        return super()._repr_mimebundle_(**kwargs)


def frames_wanted() -> int:
    """How many frames a headless run asks for; 0 where a reader runs the notebook.

    Raises:
        DynnetError: the variable holds no number of frames.
    """
    text = os.environ.get(VARIABLE, "0")
    if not text.isdecimal() or text == "1":
        raise DynnetError(f"{VARIABLE}: expected a number of frames, 2 or more, got {text!r}; unset it")
    return int(text)


def places(low: float, high: float, count: int) -> list[float]:
    """About `count` alphas from low to high, evenly, and among them 0 and 1 where they are inside.

    Raises:
        DynnetError: fewer than two.
    """
    if count < 2:
        raise DynnetError(f"a slider needs two frames or more, got {count}; ask for {FRAMES}")
    whole = [unit for unit in _PER_UNIT if float(low * unit).is_integer() and float(high * unit).is_integer()]
    if not whole:
        return [float(alpha) for alpha in np.linspace(low, high, count)]
    unit = min(whole, key=lambda unit: abs((high - low) * unit + 1 - count))
    return [step / unit for step in range(round(low * unit), round(high * unit) + 1)]


class _Pictures:
    """Pictures by their content: each is stored once, whichever frames show it."""

    def __init__(self) -> None:
        self._found: dict[bytes, int] = {}
        self._pictures: list[np.ndarray] = []

    def index(self, picture: np.ndarray) -> int:
        key = repr(picture.shape).encode() + picture.tobytes()
        if key not in self._found:
            self._found[key] = len(self._pictures)
            self._pictures.append(picture)
        return self._found[key]

    def encoded(self, width: int, budget: int) -> list[str]:
        """All of them as JPEG in base64, at most `width` pixels wide, and narrower until they fit."""
        while True:
            found = [_base64(jpeg_bytes(_narrowed(picture, width), _QUALITY)) for picture in self._pictures]
            size = sum(map(len, found))
            if size <= budget or width <= 48:
                return found
            width = max(48, int(width * min(0.97, (budget / size) ** 0.5)))


def _entry(alpha: float, frame: Frame, pictures: _Pictures) -> dict[str, Any]:
    shown = [pictures.index(picture) for picture in frame.pictures.values()]
    dot = None if frame.dot is None else [round(100 * share, 2) for share in frame.dot]
    text = f"{alpha:.2f}".replace("-", "−")
    return {"alpha": round(alpha, 4), "text": text, "pictures": shown, "reading": frame.reading, "dot": dot}


def _narrowed(picture: np.ndarray, width: int) -> np.ndarray:
    height, now = picture.shape[:2]
    if now <= width:
        return picture
    return np.asarray(Image.fromarray(picture).resize((width, round(height * width / now)), Image.Resampling.LANCZOS))


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _read(path: Path) -> str:
    return path.read_text("utf-8")
