"""Collections: found, split by name, decoded once, and honest about what could not be read."""

import logging
import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from dynnet.errors import DynnetError
from dynnet.paper.data import photos as module
from dynnet.paper.data.folders import find_pictures
from dynnet.paper.data.photos import Photos, load_photos, split_held_out
from dynnet.paper.data.pictures import centre_square, read_picture


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., list[Path]]:
    """Makes `good` pictures and `bad` files in a folder; returns the paths."""

    def make(good: int, bad: int = 0, name: str = "photos") -> list[Path]:
        root = tmp_path / name
        root.mkdir()
        for k in range(good):
            pixels = np.random.default_rng(k).integers(0, 256, (24 + k % 5, 30, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(root / f"good{k:03}.png")
        for k in range(bad):
            (root / f"bad{k:03}.jpg").write_text("no picture")
        return list(find_pictures(root).paths)

    return make


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The paths that are really read, in any order."""
    seen: list[Path] = []

    def spy(path: Path) -> np.ndarray:
        seen.append(path)
        return read_picture(path)

    monkeypatch.setattr(module, "read_picture", spy)
    return seen


def test_split_is_disjoint_and_independent_of_the_order() -> None:
    paths = [Path(f"photos/{k}.jpg") for k in range(200)]
    training, held_out = split_held_out(paths, 40)
    assert len(training) == 160 and len(held_out) == 40
    assert sorted(training + held_out) == sorted(paths)
    assert training == sorted(training, key=paths.index) and held_out == sorted(held_out, key=paths.index)
    assert set(split_held_out(paths[::-1], 40)[1]) == set(held_out)
    assert {path.name for path in split_held_out([Path("other") / path.name for path in paths], 40)[1]} == {
        path.name for path in held_out
    }


def test_new_files_never_move_a_training_photo_to_the_held_out() -> None:
    paths = [Path(f"{k}.jpg") for k in range(100)]
    training, held_out = split_held_out(paths, 20)
    more_training, more_held_out = split_held_out(paths + [Path(f"new{k}.jpg") for k in range(50)], 20)
    assert set(training) <= set(more_training)
    assert len(more_held_out) == 20 and set(more_held_out) & set(held_out)
    assert set(split_held_out(paths, 10)[1]) < set(held_out)


def test_split_needs_a_training_photo() -> None:
    paths = [Path("a.jpg"), Path("b.jpg")]
    assert split_held_out(paths, 0) == (paths, [])
    assert len(split_held_out(paths, 1)[0]) == 1
    for count in (2, 3, -1):
        with pytest.raises(DynnetError, match="add photos"):
            split_held_out(paths, count)


def test_same_names_in_two_folders() -> None:
    paths = [Path("a/x.jpg"), Path("b/x.jpg"), Path("c/x.jpg")]
    training, held_out = split_held_out(paths, 1)
    assert held_out == [Path("a/x.jpg")] and training == paths[1:]


def test_loaded_photos_are_the_centre_squares_of_the_files(folder: Callable[..., list[Path]], tmp_path: Path) -> None:
    paths = folder(70)  # more than one chunk
    photos = load_photos(paths, 16, tmp_path / "cache", "my photos")
    assert (len(photos), photos.size, photos.name, photos.skipped) == (70, 16, "my photos", ())
    assert isinstance(photos.squares, np.memmap) and photos.squares.shape == (70, 16, 16, 3)
    for index in (0, 33, 69, -1):
        np.testing.assert_array_equal(photos[index], centre_square(read_picture(paths[index]), 16))
    assert type(photos[0]) is np.ndarray and photos[0].flags.writeable and photos[0].dtype == np.uint8


def test_the_cache_is_used_again(folder: Callable[..., list[Path]], tmp_path: Path, decoded: list[Path]) -> None:
    paths, cache = folder(3, bad=1), tmp_path / "cache"
    first = load_photos(paths, 16, cache, "one")
    assert sorted(decoded) == paths
    again = load_photos(paths, 16, cache, "two")
    assert len(decoded) == 4
    assert again.name == "two" and again.skipped == first.skipped == ("bad000.jpg",)
    np.testing.assert_array_equal(first.squares, again.squares)
    assert sorted(path.suffix for path in cache.iterdir()) == [".json", ".npy"]


def test_a_moved_collection_keeps_its_cache(
    folder: Callable[..., list[Path]], tmp_path: Path, decoded: list[Path]
) -> None:
    paths, cache = folder(3), tmp_path / "cache"
    load_photos(paths, 16, cache, "x")
    moved = paths[0].parent.rename(tmp_path / "elsewhere")
    load_photos(find_pictures(moved).paths, 16, cache, "x")
    assert len(decoded) == 3


def test_changes_make_a_new_cache(folder: Callable[..., list[Path]], tmp_path: Path, decoded: list[Path]) -> None:
    paths, cache = folder(3), tmp_path / "cache"
    load_photos(paths, 16, cache, "x")
    assert load_photos(paths, 20, cache, "x").size == 20
    assert len(load_photos(paths[:2], 16, cache, "x")) == 2
    Image.new("RGB", (32, 32), "red").save(paths[1])
    os.utime(paths[1], ns=(0, 1))
    assert (load_photos(paths, 16, cache, "x")[1] == (255, 0, 0)).all()
    assert len(decoded) == 3 + 3 + 2 + 3
    os.utime(paths[2], ns=(0, 1))  # same size, another time
    load_photos(paths, 16, cache, "x")
    assert len(decoded) == 3 + 3 + 2 + 3 + 3


@pytest.mark.parametrize("damage", ["cut", "empty", "text", "no list", "bad list"])
def test_a_damaged_cache_is_made_again(
    folder: Callable[..., list[Path]], tmp_path: Path, decoded: list[Path], damage: str
) -> None:
    paths, cache = folder(3), tmp_path / "cache"
    wanted = np.array(load_photos(paths, 16, cache, "x").squares)
    (array,), (names,) = cache.glob("*.npy"), cache.glob("*.json")
    content = {"cut": array.read_bytes()[:-1], "empty": b"", "text": b"hello"}
    if damage in content:
        array.write_bytes(content[damage])
    elif damage == "no list":
        names.unlink()
    else:
        names.write_text(names.read_text().replace("skipped", "left"))
    photos = load_photos(paths, 16, cache, "x")
    np.testing.assert_array_equal(photos.squares, wanted)
    assert len(decoded) == 6 and photos.skipped == ()


def test_one_bad_file_is_named_and_left_out(
    folder: Callable[..., list[Path]], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    paths = folder(4, bad=1)
    with caplog.at_level(logging.WARNING, logger="dynnet.paper.data.photos"):
        photos = load_photos(paths, 16, tmp_path / "cache", "mine")
    assert len(photos) == 4 and photos.skipped == ("bad000.jpg",)
    np.testing.assert_array_equal(photos[0], centre_square(read_picture(paths[1]), 16))
    assert "bad000.jpg" in caplog.messages[0]
    assert caplog.messages[-1] == "mine: left out 1 of 5 files that cannot be read"


def test_names_that_are_no_utf8(folder: Callable[..., list[Path]], tmp_path: Path) -> None:
    paths = folder(3)
    odd = [path.rename(path.with_name(os.fsdecode(b"caf\xe9 %d.png" % k))) for k, path in enumerate(paths)]
    bad = odd[0].with_name(os.fsdecode(b"\xff.jpg"))
    bad.write_text("no picture")
    for _ in range(2):  # decoded, then from the cache
        photos = load_photos([*odd, bad], 16, tmp_path / "cache", "x")
        assert len(photos) == 3 and photos.skipped == (bad.name,)
    with pytest.raises(DynnetError, match=r"'\\udcff\.jpg'") as caught:
        load_photos([bad], 16, tmp_path / "cache", "x")
    assert str(caught.value).isprintable()


def test_up_to_one_percent_may_be_bad(folder: Callable[..., list[Path]], tmp_path: Path) -> None:
    paths = folder(198, bad=2)
    photos = load_photos(paths, 16, tmp_path / "cache", "x")
    assert len(photos) == 198 and photos.skipped == ("bad000.jpg", "bad001.jpg")
    np.testing.assert_array_equal(photos[197], centre_square(read_picture(paths[-1]), 16))


@pytest.mark.parametrize(("good", "bad"), [(60, 2), (190, 3), (0, 1), (5, 40)])
def test_too_many_bad_files_are_all_named(
    folder: Callable[..., list[Path]], tmp_path: Path, good: int, bad: int
) -> None:
    paths = folder(good, bad=bad)
    with pytest.raises(DynnetError, match="replace them or move") as caught:
        load_photos(paths, 16, tmp_path / "cache", "x")
    assert "\n" not in str(caught.value)
    assert all(f"bad{k:03}.jpg" in str(caught.value) for k in range(bad))
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_hopeless_collection_is_given_up_early(folder: Callable[..., list[Path]], tmp_path: Path) -> None:
    paths = folder(1, bad=300)
    with pytest.raises(DynnetError, match=r"bad199\.jpg and 1 more; replace them or move"):
        load_photos(paths, 16, tmp_path / "cache", "x")


def test_a_file_that_went_away_counts_as_bad(folder: Callable[..., list[Path]], tmp_path: Path) -> None:
    paths = folder(3)
    paths[1].unlink()
    assert load_photos(paths, 16, tmp_path / "cache", "x").skipped == ("good001.png",)


def test_an_interruption_leaves_no_cache(
    folder: Callable[..., list[Path]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = folder(3)

    def interrupted(_: Path) -> np.ndarray:
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "read_picture", interrupted)
    with pytest.raises(KeyboardInterrupt):
        load_photos(paths, 16, tmp_path / "cache", "x")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_cache_that_cannot_be_written(folder: Callable[..., list[Path]], tmp_path: Path) -> None:
    paths = folder(1)
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(DynnetError, match="cannot write"):
        load_photos(paths, 16, tmp_path / "cache", "x")


def test_no_photos_and_no_squares_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DynnetError, match="at least one photo"):
        load_photos([], 16, tmp_path, "x")
    for squares in (np.zeros((0, 8, 8, 3), np.uint8), np.zeros((2, 8, 9, 3), np.uint8), np.zeros((2, 8, 8, 3))):
        with pytest.raises(DynnetError, match="expected photos as uint8"):
            Photos(squares, "x")


def test_no_bar_without_a_terminal(
    folder: Callable[..., list[Path]], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    load_photos(folder(2), 16, tmp_path / "cache", "x")
    assert capfd.readouterr() == ("", "")


# Identity


def test_a_file_of_the_same_name_size_and_time_is_another_file(
    folder: Callable[..., list[Path]], tmp_path: Path
) -> None:
    paths, cache = folder(2), tmp_path / "cache"
    for path, colour in zip(paths, ("red", "lime"), strict=True):
        Image.new("RGB", (32, 32), colour).save(path, compress_level=0)
        os.utime(path, ns=(5, 5))
    first = load_photos(paths, 16, cache, "x")
    assert paths[0].stat().st_size == paths[1].stat().st_size
    for path, colour in zip(paths, ("lime", "red"), strict=True):
        Image.new("RGB", (32, 32), colour).save(path, compress_level=0)
        os.utime(path, ns=(5, 5))
    second = load_photos(paths, 16, cache, "x")
    np.testing.assert_array_equal(first.squares[::-1], second.squares)
    assert first.fingerprint != second.fingerprint


def test_the_fingerprint_is_of_the_pixels_alone(folder: Callable[..., list[Path]], tmp_path: Path) -> None:
    paths = folder(5)
    photos = load_photos(paths, 16, tmp_path / "cache", "mine")
    again = load_photos(paths, 16, tmp_path / "cache", "yours")  # from the cache
    plain = Photos(np.array(photos.squares), "an array")
    assert photos.fingerprint == again.fingerprint == plain.fingerprint
    np.testing.assert_array_equal(photos.digests, plain.digests)


@pytest.mark.parametrize("change", ["a pixel", "the order", "one less", "the size"])
def test_other_photos_have_another_fingerprint(change: str) -> None:
    squares = np.random.default_rng(0).integers(0, 256, (4, 8, 8, 3), dtype=np.uint8)
    before = Photos(squares, "x").fingerprint
    other = squares.copy()
    other[2, 3, 4, 1] ^= 1
    changed = {
        "a pixel": other,
        "the order": squares[::-1],
        "one less": squares[:3],
        "the size": squares.reshape(1, 16, 16, 3),
    }[change]
    assert Photos(changed, "x").fingerprint != before
