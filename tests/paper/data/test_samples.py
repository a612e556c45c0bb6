"""scikit-image's photographs: always there, never fetched, the same crops every time."""

import socket

import numpy as np
import pytest

from dynnet.errors import DynnetError
from dynnet.paper.data.samples import SAMPLE_PICTURES, SAMPLES_NAME, sample_crops, sample_photos, sample_picture


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        pytest.fail("tried to use the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


def small(picture: np.ndarray) -> np.ndarray:
    """An 8 x 8 grey thumbnail without its mean: what two near-duplicates share."""
    side = picture.shape[0] // 8 * 8
    grey = picture[:side, :side].mean(axis=2).reshape(8, side // 8, 8, side // 8).mean(axis=(1, 3))
    return grey - grey.mean()


@pytest.mark.parametrize("name", SAMPLE_PICTURES)
def test_sample_pictures_are_colour_photographs(name: str) -> None:
    picture = sample_picture(name)
    assert picture.dtype == np.uint8 and picture.ndim == 3 and min(picture.shape[:2]) >= 256
    assert np.ptp(picture.astype(int), axis=2).mean() > 5  # not grey


def test_an_unknown_name_lists_the_names() -> None:
    with pytest.raises(DynnetError, match="astronaut, chelsea, coffee, motorcycle, rocket; got 'lena'"):
        sample_picture("lena")


@pytest.mark.parametrize("size", [64, 192, 256])
def test_sample_photos_are_the_same_every_time(size: int) -> None:
    photos = sample_photos(size)
    assert photos.name == SAMPLES_NAME and photos.size == size and 50 <= len(photos) <= 200
    np.testing.assert_array_equal(photos.squares, sample_photos(size).squares)


@pytest.mark.parametrize("size", [64, 192, 256, 400])
def test_sample_crops_are_the_same_and_different_from_each_other(size: int) -> None:
    crops = sample_crops(64, size)
    assert crops.shape == (64, size, size, 3) and crops.dtype == np.uint8
    np.testing.assert_array_equal(crops[:10], sample_crops(10, size))
    assert min(crop[..., 1].std() for crop in crops) > 10  # something to see
    thumbnails = np.stack([small(crop) for crop in crops])
    distances = np.abs(thumbnails[:, None] - thumbnails[None]).mean(axis=(2, 3))
    assert distances[~np.eye(64, dtype=bool)].min() > 3


def test_the_first_crops_are_of_all_photographs() -> None:
    crops = sample_crops(len(SAMPLE_PICTURES), 64)
    colours = crops.mean(axis=(1, 2))
    distances = np.abs(colours[:, None] - colours[None]).sum(axis=2)
    assert distances[~np.eye(len(colours), dtype=bool)].min() > 10


@pytest.mark.parametrize("count", [0, -1, 100_000])
def test_too_many_crops(count: int) -> None:
    with pytest.raises(DynnetError, match=r"expected 1\.\.\d+ sample crops"):
        sample_crops(count, 64)
