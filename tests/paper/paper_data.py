"""The data that the paper trains on, in its official layout and in miniature: drawn pictures, and weights at random."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from dynnet.paper.style.losses.vgg_teachers import vgg16
from tests.paper.faces.drawn import ATTRIBUTES

PHOTOS, FACES = 64, 900
PAINTINGS = ("starry_night.jpg", "vg_self.jpg")
_OTHERS = 40 - ATTRIBUTES.count(",") - 1  # CelebA's list has 40 columns


def write_data(root: Path) -> Path:
    """A data root with coco/train2014, celeba as torchvision leaves it, and the paintings that recipes name."""
    rng = np.random.default_rng(0)
    for number in range(1, PHOTOS + 1):
        _save(_drawn(rng, 640, 480), root / "coco" / "train2014" / f"COCO_train2014_{number:012}.jpg")
    for name in PAINTINGS:
        _save(_drawn(rng, 600, 480), root / "styles" / name)
    rows = []
    for number in range(1, FACES + 1):
        _save(_drawn(rng, 178, 218), root / "celeba" / "img_align_celeba" / f"{number:06}.jpg")
        hair = number % 3
        marks = [number % 2, hair == 0, hair == 1, hair == 2, number % 4 < 2, *rng.integers(0, 2, 7)]
        marks += [0] * _OTHERS
        rows.append(f"{number:06}.jpg " + " ".join(f"{1 if mark else -1:2}" for mark in marks))
    columns = [*ATTRIBUTES.split(","), *(f"Other_{k}" for k in range(_OTHERS))]
    listed = "\n".join([str(FACES), " ".join(columns), *rows, ""])
    (root / "celeba" / "list_attr_celeba.txt").write_text(listed)
    return root


def write_random_vgg16(home: Path) -> Path:
    """A TORCH_HOME where torchvision finds weights for VGG16, drawn at random; what they say of a style means nothing.

    The wide layers above those that a loss reads are one zero each, seen as many times as there are weights.
    """
    from torchvision import models

    weights = models.get_model_weights("vgg16").IMAGENET1K_V1
    with torch.device("meta"):
        shapes = models.vgg16().state_dict()
    state = {name: torch.zeros(1).expand(value.shape) for name, value in shapes.items()}
    convs = [name.removesuffix(".weight") for name in shapes if name.startswith("features") and name.endswith("weight")]
    for name, conv in zip(convs, vgg16("random").convs.values(), strict=False):  # ours ends at the deepest that is read
        state |= {f"{name}.weight": conv.weight.detach(), f"{name}.bias": conv.bias.detach()}
    path = home / "hub" / "checkpoints" / Path(weights.url).name
    path.parent.mkdir(parents=True)
    torch.save(state, path)
    return home


def _drawn(rng: np.random.Generator, width: int, height: int) -> np.ndarray:
    """A ground with discs of several sizes: uint8 (height, width, 3)."""
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = rng.integers(0, 256, 3)
    y, x = np.mgrid[:height, :width]
    for _ in range(8):
        middle, radius = rng.uniform(0, (height, width)), rng.uniform(0.05, 0.3) * width
        picture[np.hypot(y - middle[0], x - middle[1]) < radius] = rng.integers(0, 256, 3)
    return picture


def _save(picture: np.ndarray, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path, quality=90)
