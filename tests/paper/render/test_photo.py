import io

import numpy as np
import pytest
import torch
from PIL import ExifTags, Image

from dynnet.paper.data.pictures import read_picture
from dynnet.paper.render.deep_png import write_deep_png
from dynnet.paper.render.photo import Photo, at_most, levels, read_photo
from dynnet.paper.render.saving import save_picture
from tests.paper.render.pictures_for_tests import photo, save


def deep(height: int = 70, width: int = 20) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 65536, (height, width, 3), dtype=np.uint16)


def test_sixteen_bits_survive_the_way_in_and_out(tmp_path) -> None:
    write_deep_png(deep(), tmp_path / "deep.png")
    found = read_photo(tmp_path / "deep.png")
    assert found.deep and (found.pixels == deep()).all()
    again = levels(found.tensor(), deep=True)
    assert (again == deep()).all()
    save_picture(again, tmp_path / "again.png")
    assert (read_photo(tmp_path / "again.png").pixels == deep()).all()


def test_what_is_written_at_sixteen_bits_others_read(tmp_path) -> None:
    write_deep_png(deep(), tmp_path / "deep.png")
    with Image.open(tmp_path / "deep.png") as image:
        image.verify()
    eight = read_picture(tmp_path / "deep.png").astype(int)
    assert np.abs(eight - deep().astype(int) / 257).max() <= 1


@pytest.mark.parametrize("turn", range(1, 9))
def test_deep_pictures_stand_upright_as_others_do(tmp_path, turn: int) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = turn
    write_deep_png(deep(), tmp_path / "deep.png", exif.tobytes())
    found = read_photo(tmp_path / "deep.png")
    assert found.deep
    assert np.abs(found.pixels / 257 - read_picture(tmp_path / "deep.png")).max() <= 1


def test_deep_grey_is_deep_in_three_channels(tmp_path) -> None:
    grey = deep()[..., 0]
    Image.fromarray(grey).save(tmp_path / "grey.png")
    assert (read_photo(tmp_path / "grey.png").pixels == grey[..., None]).all()


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp"])
def test_what_the_camera_wrote_is_of_the_picture_as_it_is_now(tmp_path, suffix: str) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "Camera"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ColorSpace] = 65535
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.IFD.Interop] = {1: "R03"}  # Adobe RGB
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] = "N"
    found = read_photo(save(tmp_path / f"turned{suffix}", photo(), exif=exif))
    assert found.pixels.shape == (48, 32, 3)
    save_picture(found.pixels, tmp_path / f"kept{suffix}", found.exif)
    with Image.open(tmp_path / f"kept{suffix}") as image:
        kept = image.getexif()
        assert kept[ExifTags.Base.Make] == "Camera" and kept[ExifTags.Base.Orientation] == 1
        assert kept.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.ColorSpace] == 1
        assert not kept.get_ifd(ExifTags.IFD.Interop)
        assert kept.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitudeRef] == "N"
    again = read_photo(tmp_path / f"kept{suffix}").pixels
    assert again.shape == found.pixels.shape
    if suffix == ".png":
        assert (again == found.pixels).all()


def test_pictures_become_numbers_and_numbers_pictures() -> None:
    for pixels in (photo(600, 20), deep(600, 20)):
        one = Photo(pixels, "PNG", b"")
        assert one.tensor().shape == (1, 3, 600, 20) and one.tensor().max() <= 1
        assert (levels(one.tensor(), one.deep) == pixels).all()
    assert levels(torch.tensor([-1.0, 0.5, 2.0]).view(1, 3, 1, 1)).tolist() == [[[0, 128, 255]]]


def test_pictures_shrink_and_never_grow() -> None:
    x = torch.rand(1, 3, 40, 80)
    assert at_most(x, 40).shape == (1, 3, 20, 40) and at_most(x, 80) is x and at_most(x, None) is x


def test_bytes_are_read_like_files(tmp_path) -> None:
    buffer = io.BytesIO()
    Image.fromarray(photo()).save(buffer, "PNG")
    found = read_photo(buffer.getvalue())
    assert found.kind == "PNG" and (found.pixels == photo()).all() and found.exif == b""
