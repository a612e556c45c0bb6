"""Where the data is looked for, and what is trained on when there is none."""

import logging
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dynnet.errors import DynnetError
from dynnet.paper.data import roots
from dynnet.paper.data.folders import find_pictures
from dynnet.paper.data.photos import split_held_out
from dynnet.paper.data.roots import data_root, training_photos
from dynnet.paper.locations import DOWNLOADS, PROJECT


@pytest.fixture(autouse=True)
def fresh_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DYNNET_DATA", raising=False)
    monkeypatch.setattr(roots, "DOWNLOADS", tmp_path / "downloads")


def fill(folder: Path, count: int) -> None:
    folder.mkdir(parents=True)
    for k in range(count):
        Image.fromarray(np.full((20, 20, 3), k, np.uint8)).save(folder / f"{k}.png")


def test_downloads_lie_in_the_project() -> None:
    assert DOWNLOADS.relative_to(PROJECT).as_posix() == "data/downloads"
    assert Path(roots.__file__).is_relative_to(PROJECT / "dynnet")


def test_order_of_the_roots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert data_root() is None
    for name in ("downloads", "named", "explicit"):
        (tmp_path / name).mkdir()
    assert data_root() == tmp_path / "downloads"
    monkeypatch.setenv("DYNNET_DATA", str(tmp_path / "named"))
    assert data_root() == tmp_path / "named"
    assert data_root(tmp_path / "explicit") == tmp_path / "explicit"
    monkeypatch.setenv("DYNNET_DATA", "")
    assert data_root() == tmp_path / "downloads"


def test_a_root_that_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    for name, got in (("missing", "no such folder"), ("file", "a file")):
        monkeypatch.setenv("DYNNET_DATA", str(tmp_path / name))
        with pytest.raises(DynnetError, match=rf"DYNNET_DATA = .*{name}: expected a folder with photos/.*got {got}"):
            data_root()
        with pytest.raises(DynnetError, match=f"got {got}"):
            data_root(tmp_path / name)


def test_photos_of_a_root(tmp_path: Path) -> None:
    fill(tmp_path / "root" / "photos", 30)
    fill(tmp_path / "root" / "coco" / "train2014", 3)
    training, held_out = training_photos(tmp_path / "root", 16, tmp_path / "cache", held_out=4)
    assert (len(training), len(held_out)) == (26, 4)
    assert (training.name, held_out.name) == ("photos", "photos, held out")
    values = [{int(photo[0, 0, 0]) for photo in part.squares} for part in (training, held_out)]
    assert values[0] | values[1] == set(range(30)) and not values[0] & values[1]


def test_a_fifth_of_a_small_collection_is_held_out(tmp_path: Path) -> None:
    fill(tmp_path / "root" / "photos", 11)
    training, held_out = training_photos(tmp_path / "root", 16, tmp_path / "cache")
    assert (len(training), len(held_out)) == (9, 2)


def test_one_photo_is_too_few(tmp_path: Path) -> None:
    fill(tmp_path / "root" / "photos", 1)
    with pytest.raises(DynnetError, match="add photos"):
        training_photos(tmp_path / "root", 16, tmp_path / "cache")


def test_coco_takes_the_place_of_photos(tmp_path: Path) -> None:
    fill(tmp_path / "root" / "coco" / "train2014", 10)
    fill(tmp_path / "root" / "coco" / "val2014", 10)
    training, held_out = training_photos(tmp_path / "root", 16, tmp_path / "cache", held_out=1)
    assert (len(training), training.name) == (9, "MS-COCO train2014")
    assert (len(held_out), held_out.name) == (1, "MS-COCO train2014, held out")


def test_coco_pictures_without_the_folder(tmp_path: Path) -> None:
    fill(tmp_path / "root" / "coco", 10)
    assert training_photos(tmp_path / "root", 16, tmp_path / "cache", held_out=1)[0].name == "MS-COCO"


def test_a_root_without_photos(tmp_path: Path) -> None:
    (tmp_path / "root" / "styles").mkdir(parents=True)
    with pytest.raises(DynnetError, match=r"expected a folder photos/ or coco/"):
        training_photos(tmp_path / "root", 16, tmp_path / "cache")
    with pytest.raises(DynnetError, match="at least 1 photo to hold out"):
        training_photos(None, 16, tmp_path / "cache", held_out=0)


def test_a_fresh_machine(tmp_path: Path) -> None:
    training, held_out = training_photos(None, 64, tmp_path / "cache")
    assert training.name == "scikit-image photographs" and len(training) >= 50
    assert "training scenes" in held_out.name and len(held_out) == 64
    assert len(training_photos(None, 64, tmp_path / "cache", held_out=5)[1]) == 5
    assert not (tmp_path / "cache").exists()


# What is said


@pytest.mark.parametrize(
    ("other", "said", "level"),
    [
        ({}, "24 to train on, 6 held out; none left out", logging.INFO),
        ({"index.csv": 1}, "24 to train on, 6 held out; left out 1 CSV", logging.INFO),
        ({"{}.heic": 200}, "24 to train on, 6 held out; left out 200 HEIC", logging.WARNING),
        ({"@eaDir/{}.jpg": 30}, "24 to train on, 6 held out; left out 1 folder @eaDir", logging.INFO),
        ({"{}.gif": 2, "{}.heic": 3}, "24 to train on, 6 held out; left out 3 HEIC, 2 GIF", logging.WARNING),
        ({"bad.jpg": 1}, "held out; left out 1 that cannot be read", logging.WARNING),
    ],
)
def test_one_line_says_how_many_were_taken_and_what_was_left_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, other: dict[str, int], said: str, level: int
) -> None:
    photos = tmp_path / "root" / "photos"
    fill(photos, 30)
    for name, count in other.items():
        for k in range(count):
            (photos / name.format(k)).parent.mkdir(exist_ok=True)
            (photos / name.format(k)).write_text("no picture")
    with caplog.at_level(logging.INFO, logger="dynnet"):
        training_photos(tmp_path / "root", 16, tmp_path / "cache", held_out=6)
    lines = [record for record in caplog.records if "to train on" in record.message]
    assert len(lines) == 1 and lines[0].levelno == level
    assert said in lines[0].message and str(photos) in lines[0].message and "\n" not in lines[0].message


def test_thumbnails_of_held_out_scenes_are_not_trained_on(tmp_path: Path) -> None:
    photos = tmp_path / "root" / "photos"
    fill(photos, 30)
    fill(photos / "@eaDir" / "thumbs", 30)
    training, held_out = training_photos(tmp_path / "root", 16, tmp_path / "cache", held_out=6)
    shown = [{int(photo[0, 0, 0]) for photo in part.squares} for part in (training, held_out)]
    assert not shown[0] & shown[1] and len(shown[0] | shown[1]) == 30


def with_name(photos: Path, suffix: str, held_out: bool) -> Path:
    """A name for one file more, by which it is held out, or is not."""
    paths = find_pictures(photos).paths
    names = (photos / f"copy{k}{suffix}" for k in range(1000))
    return next(new for new in names if (new in split_held_out([*paths, new], 6)[1]) is held_out)


@pytest.mark.parametrize("copied", [".png", ".webp"])
@pytest.mark.parametrize("copy_is_held_out", [True, False])
def test_no_copy_of_a_held_out_photo_is_trained_on(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, copied: str, copy_is_held_out: bool
) -> None:
    photos = tmp_path / "root" / "photos"
    fill(photos, 30)
    before = training_photos(tmp_path / "root", 16, tmp_path / "cache", held_out=6)
    original = split_held_out(find_pictures(photos).paths, 6)[not copy_is_held_out][0]
    copy = with_name(photos, copied, copy_is_held_out)
    Image.open(original).save(copy, lossless=True)
    with caplog.at_level(logging.INFO, logger="dynnet"):
        training, held_out = training_photos(tmp_path / "root", 16, tmp_path / "cache", held_out=6)
    assert "left out 1 held out in another copy" in caplog.messages[-1]
    shown = [{bytes(one) for one in part.digests} for part in (training, held_out)]
    assert not shown[0] & shown[1] and len(held_out) == 6
    if not copy_is_held_out:  # nothing else is another training
        assert (training.fingerprint, held_out.fingerprint) == tuple(part.fingerprint for part in before)


def test_copies_on_the_same_side_stay(tmp_path: Path) -> None:
    photos = tmp_path / "root" / "photos"
    fill(photos, 30)
    copy = with_name(photos, ".png", held_out=False)
    copy.write_bytes(split_held_out(find_pictures(photos).paths, 6)[0][0].read_bytes())
    assert len(training_photos(tmp_path / "root", 16, tmp_path / "cache", held_out=6)[0]) == 25


def test_copies_alone_are_nothing_to_train_on(tmp_path: Path) -> None:
    photos = tmp_path / "root" / "photos"
    fill(photos, 1)
    (photos / "copy.png").write_bytes((photos / "0.png").read_bytes())
    with pytest.raises(DynnetError, match="got copies of held-out ones alone; add photos"):
        training_photos(tmp_path / "root", 16, tmp_path / "cache")


def test_a_home_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYNNET_DATA", "~nobody_of_that_name/data")
    with pytest.raises(DynnetError, match=r"DYNNET_DATA = ~nobody_of_that_name/data: .*; name the folder in full"):
        data_root()
