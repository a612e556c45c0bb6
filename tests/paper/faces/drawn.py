"""A data root with faces small in number: what tests of faces, generators and completion stand on."""

from pathlib import Path

import numpy as np
from PIL import Image

ATTRIBUTES = (
    "Male,Blond_Hair,Black_Hair,Brown_Hair,Smiling,Eyeglasses,"
    "Young,Bangs,Mouth_Slightly_Open,Wearing_Lipstick,No_Beard,Pale_Skin"
)


def write_faces(root: Path, count: int = 24, size: int = 64) -> Path:
    """Discs on grounds of every kind: odd ones are Male, every third is Blond_Hair and the others Black_Hair, ..."""
    folder = root / f"faces{size}"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:size, :size] / size - 0.5
    rows = []
    for number in range(1, count + 1):
        colours = rng.uniform(0, 255, (2, 3))
        disc = ((x / rng.uniform(0.5, 1)) ** 2 + y**2 < 0.1)[..., None]
        Image.fromarray(np.where(disc, *colours).astype(np.uint8)).save(folder / f"{number:06}.png")
        blond = number % 3 == 0
        marks = [number % 2, blond, not blond, 0, number % 4 < 2, *rng.integers(0, 2, 7)]
        rows.append(f"{number:06}.png," + ",".join(str(int(mark)) for mark in marks))
    (folder / "attributes.csv").write_text("\n".join([f"file,{ATTRIBUTES}", *rows]) + "\n")
    return root
