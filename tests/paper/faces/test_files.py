"""Faces on disk: found in order of preference, framed alike, and matched to their attributes."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dynnet.errors import DynnetError
from dynnet.paper.data.pictures import PictureError, centre_square, read_picture
from dynnet.paper.faces.files import find_faces, read_aligned, read_face

HEADER = "file,Bald,Male,Black_Hair"


@pytest.fixture
def faces(tmp_path: Path) -> Callable[..., Path]:
    """Makes a folder of pictures of 16 pixels with an attributes.csv; returns the data root."""

    def make(folder: str = "faces64", rows: tuple[str, ...] = ("000002.png,0,1,0", "000001.png,1,0,1")) -> Path:
        (tmp_path / folder).mkdir()
        for row in rows:
            Image.new("RGB", (16, 16)).save(tmp_path / folder / row.split(",")[0])
        (tmp_path / folder / "attributes.csv").write_text("\n".join([HEADER, *rows]) + "\n")
        return tmp_path

    return make


@pytest.fixture
def official(tmp_path: Path) -> Path:
    """A data root with CelebA as torchvision leaves it: two faces, and a list of three."""
    folder = tmp_path / "celeba" / "img_align_celeba"
    folder.mkdir(parents=True)
    for name in ("000001.jpg", "000003.jpg"):
        Image.new("RGB", (178, 218)).save(folder / name)
    (tmp_path / "celeba" / "list_attr_celeba.txt").write_text(
        "3\nBald Male Black_Hair \n000001.jpg -1  1 -1\n000002.jpg  1  1  1\n000003.jpg  1 -1 -1\n"
    )
    return tmp_path


def test_a_folder_of_faces(faces: Callable[..., Path]) -> None:
    root = faces()
    found = find_faces(root, 64)
    assert found.paths == (root / "faces64" / "000001.png", root / "faces64" / "000002.png")
    assert found.names == ("faces64/000001.png", "faces64/000002.png")
    assert found.ids.tolist() == [1, 2] and found.ids.dtype == np.int64
    assert found.source == "CelebA (faces64)" and found.read is read_face
    assert list(found.attributes) == ["Bald", "Male", "Black_Hair"] and (found.attributes.dtypes == np.bool_).all()
    assert found.attributes.to_numpy().tolist() == [[True, False, True], [False, True, False]]
    assert found.attributes.index.tolist() == [0, 1]


def test_the_official_layout(official: Path) -> None:
    found = find_faces(official, 64)
    assert found.names == ("img_align_celeba/000001.jpg", "img_align_celeba/000003.jpg")
    assert found.ids.tolist() == [1, 3] and found.source == "CelebA" and found.read is read_aligned
    assert list(found.attributes) == ["Bald", "Male", "Black_Hair"] and (found.attributes.dtypes == np.bool_).all()
    assert found.attributes.to_numpy().tolist() == [[False, True, False], [True, False, False]]


def test_folders_that_are_large_enough_go_together(faces: Callable[..., Path], official: Path) -> None:
    assert find_faces(official, 32).source == "CelebA"
    for row, folder in enumerate(("faces128", "faces64", "faces32"), start=1):
        faces(folder, (f"{9 - row}.png,0,1,0", "5.png,1,0,1"))
    found = find_faces(official, 64)
    assert found.source == "CelebA (faces64) and CelebA (faces128)"
    assert found.names == ("faces64/5.png", "faces64/7.png", "faces128/8.png")  # in order, and no face twice
    assert found.ids.tolist() == [5, 7, 8] and found.attributes["Bald"].tolist() == [True, False, False]
    assert find_faces(official, 16).ids.tolist() == [5, 6, 7, 8]
    assert find_faces(official, 65).source == "CelebA (faces128)"
    assert find_faces(official, 256).source == "CelebA (faces128)"  # there are no larger ones


def test_folders_with_other_attributes_do_not_go_together(faces: Callable[..., Path]) -> None:
    faces("faces64")
    root = faces("faces128", ("7.png,0,1,0",))
    table = root / "faces128" / "attributes.csv"
    table.write_text(table.read_text().replace("Bald", "Young"))
    with pytest.raises(DynnetError, match=r"faces128\): expected the attributes of CelebA \(faces64\), got Bald in on"):
        find_faces(root, 64)


def test_minus_one_is_no_in_a_csv_too(faces: Callable[..., Path]) -> None:
    root = faces(rows=("7.png,-1,1,-1",))
    assert find_faces(root, 64).attributes.to_numpy().tolist() == [[False, True, False]]


def test_ids_are_numbers_not_words(faces: Callable[..., Path]) -> None:
    found = find_faces(faces(rows=("10.png,0,1,0", "9.png,1,0,1")), 64)
    assert found.ids.tolist() == [9, 10] and found.attributes["Male"].tolist() == [False, True]


def test_both_layouts_frame_alike(tmp_path: Path) -> None:
    y, x = np.mgrid[:218, :178]
    aligned = np.stack([x, y, 128 + 60 * np.sin(x / 9) * np.cos(y / 7)], axis=-1).astype(np.uint8)
    Image.fromarray(aligned).save(tmp_path / "aligned.png")
    # faces128 by its own definition, one resampling more than the direct way.
    box = (17.8, 49.8, 160.2, 192.2)
    Image.fromarray(aligned).resize((128, 128), Image.Resampling.LANCZOS, box=box).save(tmp_path / "square.png")
    direct, twice = read_aligned(tmp_path / "aligned.png", 64), read_face(tmp_path / "square.png", 64)
    assert direct.shape == twice.shape == (64, 64, 3) and direct.dtype == np.uint8
    assert np.abs(direct.astype(int) - twice).max() <= 3
    # Red and green are coordinates: the centres of 64 equal parts of the box.
    place = (np.arange(64) + 0.5) * 142.4 / 64 - 0.5
    inner = slice(2, -2)
    np.testing.assert_allclose(direct[32, inner, 0], 17.8 + place[inner], atol=1.2)
    np.testing.assert_allclose(direct[inner, 32, 1], 49.8 + place[inner], atol=1.2)


def test_other_pictures_than_aligned_ones_give_their_centre(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (20, 30, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_face(tmp_path / "a.png", 16), centre_square(pixels, 16))


def test_an_aligned_face_has_its_size(tmp_path: Path) -> None:
    Image.new("RGB", (218, 178)).save(tmp_path / "a.png")
    with pytest.raises(PictureError, match=r"a\.png: expected an aligned face of 178 x 218 pixels, got 218 x 178;"):
        read_aligned(tmp_path / "a.png", 64)
    assert read_picture(tmp_path / "a.png").shape == (178, 218, 3)


def test_no_pictures_beside_the_attributes(tmp_path: Path) -> None:
    (tmp_path / "faces64").mkdir()
    (tmp_path / "faces64" / "attributes.csv").write_text(f"{HEADER}\n1.png,0,0,0\n")
    with pytest.raises(DynnetError, match="faces64: expected pictures"):
        find_faces(tmp_path, 64)


def test_aligned_pictures_in_a_folder_of_squares_are_framed_as_such(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (218, 178, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    np.testing.assert_array_equal(read_face(tmp_path / "a.png", 64), read_aligned(tmp_path / "a.png", 64))


def test_no_attributes(faces: Callable[..., Path]) -> None:
    root = faces()
    (root / "faces64" / "attributes.csv").unlink()
    with pytest.raises(DynnetError, match=r"attributes\.csv: expected the attributes .*got no such file; add it"):
        find_faces(root, 64)


def test_pictures_without_a_row(faces: Callable[..., Path]) -> None:
    root = faces()
    for k in range(14, 9, -1):
        Image.new("RGB", (16, 16)).save(root / "faces64" / f"{k}.jpg")
    with pytest.raises(
        DynnetError, match=r"a row for each of 7 pictures, got none for 5, such as 10.jpg, 11.jpg, 12.jpg;"
    ):
        find_faces(root, 64)


def test_two_pictures_of_one_number(faces: Callable[..., Path]) -> None:
    root = faces()
    (root / "faces64" / "more").mkdir()
    Image.new("RGB", (16, 16)).save(root / "faces64" / "more" / "000001.png")
    with pytest.raises(DynnetError, match=r"one picture for each number, got 000001\.png and more/000001\.png; move"):
        find_faces(root, 64)


@pytest.mark.parametrize("name", ["face.png", "000001a.png", "-1.png", "1234567890.png", "²2.png"])
def test_pictures_without_a_number(faces: Callable[..., Path], name: str) -> None:
    root = faces(rows=(f"{name},0,0,0",))
    with pytest.raises(DynnetError, match=r"expected a picture named by its number in CelebA, such as 000001\.jpg;"):
        find_faces(root, 64)
