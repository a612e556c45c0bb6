"""The pictures of docs/rendering.md, made by the very lines that stand there: `make rendering`.

Every line of the page that starts with `dynnet render cat.jpg` is run in a folder with that photograph and a mask,
mask.png. What it writes goes to docs/rendering/, smaller, beside a note of the networks that it was made with.
"""

import contextlib
import json
import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import typer
from PIL import Image

from dynnet.fingerprint import fingerprint
from dynnet.paper.data.pictures import limit_longer, read_picture
from dynnet.paper.data.samples import sample_picture
from dynnet.paper.locations import PROJECT
from dynnet.paper.render.command import DEFAULT_NET, render
from dynnet.paper.render.networks import network
from dynnet.paper.render.saving import save_picture

PAGE = PROJECT / "docs" / "rendering.md"
PICTURES = PROJECT / "docs" / "rendering"
NOTE = "made_with.json"
LARGEST = 60_000  # bytes of one
_LINE = re.compile(r"^(?: {4})?(dynnet render cat\.jpg .*)$", re.MULTILINE)
_SIDE, _QUALITY = 480, 80
_PHOTO_SIDE = 384


def lines(page: Path = PAGE) -> list[list[str]]:
    """The arguments of each line, without `dynnet render`."""
    return [shlex.split(line)[2:] for line in _LINE.findall(page.read_text("utf-8"))]


def made_with(arguments: list[str]) -> dict[str, str]:
    """{network: its fingerprint} of a line."""
    name = arguments[arguments.index("--net") + 1] if "--net" in arguments else DEFAULT_NET
    return {name: fingerprint(network(name))}


def result(arguments: list[str]) -> str:
    """The file that a line writes."""
    return arguments[arguments.index("-o") + 1]


def make(pictures: Path = PICTURES) -> None:
    """Runs every line of the page."""
    app, note = typer.Typer(), {}
    app.command()(render)
    with _workplace() as folder:
        for arguments in lines():
            app(arguments, standalone_mode=False)
            file = result(arguments)
            _publish(folder / file, pictures / file)
            note |= {file: made_with(arguments)}
        _publish(folder / "cat.jpg", pictures / "cat.jpg")
    (pictures / NOTE).write_text(json.dumps(note, indent=1) + "\n")


def mask(height: int, width: int) -> np.ndarray:
    """Black on the left, white on the right, uint8 (height, width, 3)."""
    ramp = np.clip(np.linspace(-0.5, 1.5, width), 0, 1)
    return np.repeat(np.rint(255 * ramp).astype(np.uint8)[None, :, None], 3, 2).repeat(height, 0)


@contextlib.contextmanager
def _workplace() -> Iterator[Path]:
    """A folder with the photograph and the mask, which is the current one inside."""
    before = Path.cwd()
    with TemporaryDirectory() as folder:
        photo = limit_longer(sample_picture("chelsea"), _PHOTO_SIDE)
        save_picture(photo, Path(folder) / "cat.jpg", quality=95)
        save_picture(mask(*photo.shape[:2]), Path(folder) / "mask.png")
        os.chdir(folder)
        try:
            yield Path(folder)
        finally:
            os.chdir(before)


def _publish(made: Path, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(made) as image:
        moves = getattr(image, "n_frames", 1) > 1
    if moves:
        path.write_bytes(made.read_bytes())
    else:
        save_picture(limit_longer(read_picture(made), _SIDE), path, quality=_QUALITY)
    if path.stat().st_size > LARGEST:
        sys.stderr.write(f"{path} has {path.stat().st_size:,} bytes, at most {LARGEST:,} are meant\n")


if __name__ == "__main__":
    make()
