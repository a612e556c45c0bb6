"""Every common copy of CelebA gives the same faces; what is half of one, or none, is an error and never a stand-in."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dynnet.errors import DynnetError
from dynnet.paper.faces.dataset import load_faces
from dynnet.paper.faces.stand_ins import faces_or_stand_ins

NUMBERS = (1, 2, 7)
MALE = (True, False, True)


def write_pictures(folder: Path, suffix: str = "jpg", size: tuple[int, int] = (178, 218)) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in NUMBERS:
        Image.new("RGB", size, (30 * number, 20, 90)).save(folder / f"{number:06}.{suffix}", quality=95)


def write_list(file: Path, no: str = "-1") -> None:
    """As the copy has it: .txt with the count and no name for the files, .csv with image_id, or our own."""
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [(f"{number:06}.jpg", "1" if male else no, no) for number, male in zip(NUMBERS, MALE, strict=True)]
    rows.append(("000009.jpg", "1", "1"))  # one of which there is no picture here
    if file.suffix == ".txt":
        text = "\n".join([str(len(rows)), "Male Bald ", *("  ".join(row) for row in rows)])
    else:
        first = "file" if file.name == "attributes.csv" else "image_id"
        text = "\n".join([f"{first},Male,Bald", *(",".join(row) for row in rows)])
    file.write_text(text + "\n")


LAYOUTS = {
    "torchvision": ("celeba/img_align_celeba", "celeba/list_attr_celeba.txt"),
    "torchvision, named itself": ("img_align_celeba", "list_attr_celeba.txt"),
    "kaggle": ("img_align_celeba/img_align_celeba", "list_attr_celeba.csv"),
    "kaggle, unpacked in a folder": (
        "celeba-dataset/img_align_celeba/img_align_celeba",
        "celeba-dataset/list_attr_celeba.csv",
    ),
    "pngs": ("celeba/img_align_celeba_png", "celeba/list_attr_celeba.txt"),
    "official": ("CelebA/Img/img_align_celeba", "CelebA/Anno/list_attr_celeba.txt"),
    "official, named itself": ("Img/img_align_celeba_png", "Anno/list_attr_celeba.txt"),
    "in the root": ("", "list_attr_celeba.txt"),
    "in the root, csv": ("", "list_attr_celeba.csv"),
    "in the root, ours": ("", "attributes.csv"),
    "in celeba/": ("celeba", "celeba/list_attr_celeba.csv"),
    "ours": ("faces128", "faces128/attributes.csv"),
}


@pytest.mark.parametrize("no", ["-1", "0"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_common_copy_gives_the_same_faces(tmp_path: Path, layout: str, no: str) -> None:
    pictures, attributes = LAYOUTS[layout]
    root = tmp_path / "data"
    suffix = "png" if "png" in pictures else "jpg"
    write_pictures(root / pictures, suffix)
    write_list(root / attributes, no)
    (root / "photos").mkdir()  # of something else
    Image.new("RGB", (20, 20)).save(root / "photos" / "holiday.jpg")
    faces = load_faces(root, 16, tmp_path / "cache")
    assert faces.ids.tolist() == list(NUMBERS) and faces.attributes["Male"].tolist() == list(MALE)
    assert not faces.attributes["Bald"].any() and faces.name.startswith("CelebA")
    for face, number in zip(faces.squares, NUMBERS, strict=True):
        assert np.abs(face.astype(int) - (30 * number, 20, 90)).max() <= 3


def nothing(root: Path) -> None:
    pass


def only_photos(root: Path) -> None:
    write_pictures(root / "photos")


def no_list(root: Path) -> None:
    write_pictures(root / "celeba" / "img_align_celeba")


def no_list_in_the_root(root: Path) -> None:
    write_pictures(root)


def no_pictures(root: Path) -> None:
    write_list(root / "celeba" / "list_attr_celeba.txt")


def another_folder(root: Path) -> None:
    write_pictures(root / "my faces")
    write_list(root / "my faces" / "list_attr_celeba.txt")


def list_elsewhere(root: Path) -> None:
    write_pictures(root / "img_align_celeba")
    write_list(root / "annotations" / "list_attr_celeba.txt")


ODD: dict[Callable[[Path], None], str] = {
    nothing: "got neither",
    only_photos: "got neither",
    no_list: "got pictures in .*img_align_celeba and no list beside them",
    no_list_in_the_root: "got pictures in .*odd and no list beside them",
    no_pictures: r"got .*list_attr_celeba\.txt and no pictures beside it",
    another_folder: "got neither",
    list_elsewhere: "got pictures in .* and no list beside them",
}


@pytest.mark.parametrize("write", ODD)
def test_a_named_root_without_faces_is_an_error_that_says_what_was_looked_for(
    tmp_path: Path, write: Callable[[Path], None]
) -> None:
    root = tmp_path / "odd"
    root.mkdir()
    write(root)
    with pytest.raises(DynnetError, match=ODD[write]) as caught:
        faces_or_stand_ins(root, 16, tmp_path / "cache")
    message = str(caught.value)
    assert "\n" not in message
    for said in ("faces64/", "img_align_celeba/", "img_align_celeba_png/", "list_attr_celeba.txt", ".csv", "make data"):
        assert said in message
    assert "name no data root: then generated faces stand in" in message


def test_pictures_of_another_size_are_no_aligned_faces(tmp_path: Path) -> None:
    write_pictures(tmp_path / "img_align_celeba", size=(100, 100))
    write_list(tmp_path / "list_attr_celeba.txt")
    with pytest.raises(DynnetError, match=r"3 files that cannot be read: img_align_celeba/000001\.jpg"):
        load_faces(tmp_path, 16, tmp_path / "cache")
