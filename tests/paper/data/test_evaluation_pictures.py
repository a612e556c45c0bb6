"""Numbers are measured on held-out photos, or on crops that every machine has."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from dynnet.paper.data.evaluation_pictures import evaluation_pictures
from dynnet.paper.data.roots import training_photos


def test_without_a_root_they_are_crops_of_the_samples(tmp_path: Path) -> None:
    pictures, source = evaluation_pictures(3, 32, None, tmp_path, held_out=1)
    assert pictures.shape == (3, 3, 32, 32) and 0 <= pictures.min() < pictures.max() <= 1
    assert source == "crops of scikit-image photographs"
    assert torch.equal(evaluation_pictures(2, 32, None, tmp_path, held_out=1)[0], pictures[:2])


def test_with_a_root_they_are_photos_that_were_held_out(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for value in range(20):
        Image.fromarray(np.full((20, 20, 3), 10 * value, np.uint8)).save(tmp_path / "photos" / f"{value}.png")
    pictures, source = evaluation_pictures(64, 16, tmp_path, tmp_path / "cache", held_out=3)
    trained = training_photos(tmp_path, 16, tmp_path / "cache", held_out=3)[0]
    assert pictures.shape == (3, 3, 16, 16) and source == "photos, held out"
    used = {round(255 * value) for value in pictures[:, 0, 0, 0].tolist()}
    assert used.isdisjoint(trained.squares[:, 0, 0, 0].tolist()) and len(used) == 3
    assert len(evaluation_pictures(2, 16, tmp_path, tmp_path / "cache", held_out=3)[0]) == 2
