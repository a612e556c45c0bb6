"""Faces: decoded once, chosen by attributes without a copy, split by id, and batched like any photos."""

import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from dynnet.errors import DynnetError
from dynnet.paper.data.batches import PhotoBatches
from dynnet.paper.data.pictures import centre_square, read_picture
from dynnet.paper.faces import dataset as module
from dynnet.paper.faces.dataset import Faces, load_faces
from dynnet.paper.faces.files import find_faces


def made(count: int, first: int = 1) -> Faces:
    """Faces of 4 pixels whose red is their place; every second is Male, every third Bald."""
    squares = np.zeros((count, 4, 4, 3), np.uint8)
    squares[..., 0] = np.arange(count)[:, None, None]
    places = np.arange(count)
    table = pd.DataFrame({"Male": places % 2 == 0, "Bald": places % 3 == 0})
    return Faces(squares, table, places + first, "made", ("x.jpg",))


def places(faces: Faces) -> list[int]:
    return [int(faces[k][0, 0, 0]) for k in range(len(faces))]


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """Makes root/faces64 with `good` pictures, `bad` files after them, and their attributes; returns root."""

    def make(good: int, bad: int = 0) -> Path:
        root = tmp_path / "data"
        (root / "faces64").mkdir(parents=True)
        rows = ["file,Male,Bald"]
        for k in range(1, good + bad + 1):
            file = root / "faces64" / f"{k:06}.png"
            if k <= good:
                pixels = np.random.default_rng(k).integers(0, 256, (20, 20, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(file)
            else:
                file.write_text("no picture")
            rows.append(f"{file.name},{k % 2},{int(k % 3 == 0)}")
        (root / "faces64" / "attributes.csv").write_text("\n".join(rows))
        return root

    return make


@pytest.fixture
def decoded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files that are really read, in any order."""
    seen: list[str] = []

    def spying(root: Path, size: int) -> object:
        found = find_faces(root, size)

        def read(path: Path, size: int) -> np.ndarray:
            seen.append(path.name)
            return found.read(path, size)

        return replace(found, read=read)

    monkeypatch.setattr(module, "find_faces", spying)
    return seen


def test_loaded_faces_are_the_files_with_their_attributes(folder: Callable[..., Path], tmp_path: Path) -> None:
    root = folder(70)  # more than one chunk
    faces = load_faces(root, 16, tmp_path / "cache")
    assert (len(faces), faces.size, faces.name, faces.skipped) == (70, 16, "CelebA (faces64)", ())
    assert isinstance(faces.squares, np.memmap) and faces.squares.shape == (70, 16, 16, 3)
    for k in (0, 33, 69):
        np.testing.assert_array_equal(faces[k], centre_square(read_picture(root / "faces64" / f"{k + 1:06}.png"), 16))
    assert faces.ids.tolist() == list(range(1, 71))
    assert faces.attributes["Male"].tolist() == [k % 2 == 1 for k in range(1, 71)]


def test_the_cache_is_used_again(folder: Callable[..., Path], tmp_path: Path, decoded: list[str]) -> None:
    root, cache = folder(3, bad=1), tmp_path / "cache"
    first = load_faces(root, 16, cache)
    assert sorted(decoded) == [f"{k:06}.png" for k in range(1, 5)]
    again = load_faces(root.rename(tmp_path / "moved"), 16, cache)
    assert len(decoded) == 4
    np.testing.assert_array_equal(first.squares, again.squares)
    assert first.ids.tolist() == again.ids.tolist() == [1, 2, 3]
    assert first.skipped == again.skipped == ("faces64/000004.png",)
    assert sorted(path.suffix for path in cache.iterdir()) == [".json", ".npy"]


def test_changed_files_make_a_new_cache(folder: Callable[..., Path], tmp_path: Path, decoded: list[str]) -> None:
    root, cache = folder(3), tmp_path / "cache"
    load_faces(root, 16, cache)
    assert load_faces(root, 20, cache).size == 20
    changed = root / "faces64" / "000002.png"
    Image.new("RGB", (20, 20), "red").save(changed)
    os.utime(changed, ns=(0, 1))
    assert (load_faces(root, 16, cache)[1] == (255, 0, 0)).all()
    changed.unlink()
    assert load_faces(root, 16, cache).ids.tolist() == [1, 3]
    assert len(decoded) == 3 + 3 + 3 + 2


def test_changed_attributes_are_seen_without_decoding(
    folder: Callable[..., Path], tmp_path: Path, decoded: list[str]
) -> None:
    root, cache = folder(2), tmp_path / "cache"
    load_faces(root, 16, cache)
    (root / "faces64" / "attributes.csv").write_text("file,Hat\n000001.png,0\n000002.png,1\n")
    assert load_faces(root, 16, cache).where("Hat").ids.tolist() == [2]
    assert len(decoded) == 2


def test_the_same_files_in_another_layout_are_the_same_faces(tmp_path: Path) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (218, 178, 3), dtype=np.uint8)
    aligned, cache = tmp_path / "celeba" / "img_align_celeba", tmp_path / "cache"
    aligned.mkdir(parents=True)
    Image.fromarray(pixels).save(aligned / "000001.jpg")
    (tmp_path / "celeba" / "list_attr_celeba.txt").write_text("1\nMale\n000001.jpg -1\n")
    official = load_faces(tmp_path, 16, cache)
    aligned.rename(tmp_path / "faces64")
    (tmp_path / "faces64" / "attributes.csv").write_text("file,Male\n000001.jpg,0\n")
    squares = load_faces(tmp_path, 16, cache)
    assert (official.name, squares.name) == ("CelebA", "CelebA (faces64)")
    assert official.fingerprint == squares.fingerprint


def test_a_corrected_attribute_is_another_fingerprint_without_decoding(
    folder: Callable[..., Path], tmp_path: Path, decoded: list[str]
) -> None:
    root, cache = folder(6), tmp_path / "cache"
    before = load_faces(root, 16, cache)
    table = root / "faces64" / "attributes.csv"
    table.write_text(table.read_text().replace("000002.png,0,0", "000002.png,1,0"))
    after = load_faces(root, 16, cache)
    assert before.fingerprint != after.fingerprint and len(decoded) == 6
    table.write_text(table.read_text().replace("000002.png,1,0", "000002.png,0,0"))
    assert load_faces(root, 16, cache).fingerprint == before.fingerprint


def test_a_part_has_the_fingerprint_of_its_content(folder: Callable[..., Path], tmp_path: Path) -> None:
    faces = load_faces(folder(8), 16, tmp_path / "cache")
    part = faces.where("Male")
    alone = Faces(np.asarray(part.squares), part.attributes, part.ids, "the same, as an array")
    assert part.fingerprint == alone.fingerprint != faces.fingerprint
    assert faces.where("not Male").fingerprint != part.fingerprint
    renumbered = Faces(np.asarray(part.squares), part.attributes, part.ids + 1, "other ids are split elsewhere")
    assert renumbered.fingerprint != part.fingerprint


@pytest.mark.parametrize("damage", ["cut", "no list"])
def test_a_damaged_cache_is_made_again(
    folder: Callable[..., Path], tmp_path: Path, decoded: list[str], damage: str
) -> None:
    root, cache = folder(3), tmp_path / "cache"
    wanted = np.array(load_faces(root, 16, cache).squares)
    (array,), (names,) = cache.glob("*.npy"), cache.glob("*.json")
    if damage == "cut":
        array.write_bytes(array.read_bytes()[:-1])
    else:
        names.unlink()
    np.testing.assert_array_equal(load_faces(root, 16, cache).squares, wanted)
    assert len(decoded) == 6


def test_bad_files_are_named_counted_and_left_out(
    folder: Callable[..., Path], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    root = folder(5)
    (root / "faces64" / "000002.png").write_text("no picture")
    with caplog.at_level(logging.WARNING, logger="dynnet.paper.faces.dataset"):
        faces = load_faces(root, 16, tmp_path / "cache")
    assert faces.skipped == ("faces64/000002.png",) and faces.ids.tolist() == [1, 3, 4, 5]
    np.testing.assert_array_equal(faces[1], centre_square(read_picture(root / "faces64" / "000003.png"), 16))
    assert faces.attributes["Bald"].tolist() == [False, True, False, False]
    assert faces.where("Bald").ids.tolist() == [3]
    assert "000002.png" in caplog.messages[0]
    assert caplog.messages[-1] == "CelebA (faces64): left out 1 of 5 files that cannot be read"


@pytest.mark.parametrize(("good", "bad"), [(60, 2), (0, 1), (3, 30)])
def test_too_many_bad_files(folder: Callable[..., Path], tmp_path: Path, good: int, bad: int) -> None:
    root = folder(good, bad)
    with pytest.raises(DynnetError, match=rf"faces64/{good + 1:06}\.png.*replace them or move") as caught:
        load_faces(root, 16, tmp_path / "cache")
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_cache_that_cannot_be_written(folder: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file")
    with pytest.raises(DynnetError, match="cannot write"):
        load_faces(folder(1), 16, tmp_path / "cache")


def test_where_chooses_pixels_attributes_and_ids_together() -> None:
    faces = made(12, first=100)
    bald = faces.where("Bald")
    assert places(bald) == [0, 3, 6, 9] and bald.ids.tolist() == [100, 103, 106, 109]
    assert bald.attributes["Bald"].all() and bald.attributes.index.tolist() == [0, 1, 2, 3]
    assert (bald.name, bald.size, bald.skipped) == ("made: Bald", 4, ("x.jpg",))
    women = bald.where("not Male")
    assert places(women) == [3, 9] and women.name == "made: Bald: not Male"
    assert places(faces) == list(range(12))


def test_where_copies_no_pixel() -> None:
    faces = made(12)
    faces.where("Male").where("Bald")
    chosen = faces.where("Male").where("Bald")
    faces.squares[6] = 77
    assert (chosen[1] == 77).all()
    assert np.shares_memory(chosen.squares[1], faces.squares)
    chosen[1][:] = 0  # a photo that is taken out is a copy, as of all photos
    assert (faces.squares[6] == 77).all()


def test_where_fits_nothing() -> None:
    with pytest.raises(DynnetError, match="made: expected faces with the attributes 'Male and not Male', got 0 of 12;"):
        made(12).where("Male and not Male")
    with pytest.raises(DynnetError, match="expected names among Male, Bald, got Hat"):
        made(12).where("Hat")
    with pytest.raises(DynnetError, match="expected an attribute"):
        made(12).where("Male or")


@given(st.integers(2, 60), st.floats(0.01, 0.9), st.randoms(use_true_random=False))
def test_the_upper_ids_are_held_out(count: int, share: float, random: object) -> None:
    whole = made(count)
    order = np.array(random.sample(range(count), count))
    faces = Faces(whole.squares[order], whole.attributes.iloc[order], whole.ids[order], "made")
    if max(1, round(share * count)) == count:
        with pytest.raises(DynnetError, match="expected enough faces"):
            faces.split_by_id(share)
        return
    training, held_out = faces.split_by_id(share)
    assert len(held_out) == max(1, round(share * count)) and len(training) + len(held_out) == count
    assert training.ids.max() < held_out.ids.min()
    assert places(training) == (training.ids - 1).tolist() and places(held_out) == (held_out.ids - 1).tolist()
    assert training.ids.tolist() == [k for k in faces.ids if k in training.ids]
    assert (training.name, held_out.name) == ("made", "made, held out")


def test_split_keeps_files_of_one_id_together() -> None:
    faces = made(10)
    faces.ids[:] = [1, 2, 3, 4, 5, 6, 7, 8, 8, 8]
    training, held_out = faces.split_by_id()
    assert training.ids.tolist() == [1, 2, 3, 4, 5, 6, 7] and held_out.ids.tolist() == [8, 8, 8]
    assert held_out.where("Male").name == "made, held out: Male"


def test_split_needs_both_sides() -> None:
    for share in (0, 1, -0.1, 1.5, float("nan")):
        with pytest.raises(DynnetError, match="expected a share between 0 and 1"):
            made(10).split_by_id(share)
    with pytest.raises(DynnetError, match="expected enough faces to hold out 10% of them, got 1;"):
        made(1).split_by_id()


def from_ids(*ids: int) -> Faces:
    faces = made(len(ids))
    return Faces(faces.squares, faces.attributes, np.array(ids), "made", faces.skipped)


def test_split_by_person_holds_out_the_smallest_of_celebas_partitions() -> None:
    faces = from_ids(1, 162_770, 162_771, 182_637, 182_638, 202_599, 5, 190_000, 2)
    training, held_out = faces.split_by_person()
    assert training.ids.tolist() == [1, 162_770, 182_638, 202_599, 5, 190_000, 2]
    assert held_out.ids.tolist() == [162_771, 182_637]
    assert places(training) == [0, 1, 4, 5, 6, 7, 8] and places(held_out) == [2, 3]
    assert held_out.attributes["Male"].tolist() == [True, False]
    assert (training.name, held_out.name, held_out.skipped) == ("made", "made, held out", ("x.jpg",))


def test_split_by_person_of_two_partitions() -> None:
    training, held_out = from_ids(1, 2, 190_000, 190_001, 190_002).split_by_person()
    assert (training.ids.tolist(), held_out.ids.tolist()) == ([190_000, 190_001, 190_002], [1, 2])
    training, held_out = from_ids(190_000, 1, 190_001, 2).split_by_person()  # of equal ones the last
    assert (training.ids.tolist(), held_out.ids.tolist()) == ([1, 2], [190_000, 190_001])


def test_split_by_person_of_one_partition_says_that_persons_may_be_in_both() -> None:
    for first in (1, 162_771, 182_638):
        faces = made(20, first)
        training, held_out = faces.split_by_person()
        by_id = faces.split_by_id()
        assert (training.ids.tolist(), held_out.ids.tolist()) == (by_id[0].ids.tolist(), by_id[1].ids.tolist())
        assert (training.name, held_out.name) == ("made", "made, held out; persons may be in both")
    with pytest.raises(DynnetError, match="expected enough faces"):
        made(1).split_by_person()


@pytest.mark.parametrize(
    ("split", "ids", "copies", "kept"),
    [
        (Faces.split_by_id, range(1, 21), {3: 18, 7: 19}, [0, 1, 2, *range(4, 7), *range(8, 18)]),
        (Faces.split_by_id, range(1, 21), {3: 4, 18: 19}, list(range(18))),  # on one side they stay
        (Faces.split_by_person, [1, 2, 3, 190_000, 190_001], {1: 4}, [0, 2]),
        (Faces.split_by_person, range(1, 21), {0: 19}, list(range(1, 18))),
    ],
)
def test_no_copy_of_a_held_out_face_is_trained_on(
    split: Callable, ids: Sequence[int], copies: dict[int, int], kept: list[int], caplog: pytest.LogCaptureFixture
) -> None:
    faces = from_ids(*ids)
    held_out_before = split(faces)[1].ids.tolist()
    for place, other in copies.items():
        faces.squares[place] = faces.squares[other]
    with caplog.at_level(logging.INFO, logger="dynnet"):
        training, held_out = split(Faces(faces.squares, faces.attributes, faces.ids, "made"))  # its hashes anew
    assert training.ids.tolist() == [ids[k] for k in kept] and held_out.ids.tolist() == held_out_before
    assert training.attributes["Male"].tolist() == [k % 2 == 0 for k in kept]
    left_out = len(ids) - len(held_out) - len(kept)
    assert caplog.messages == ([f"made: left out of training {left_out} held out in another copy"] if left_out else [])


def test_fewer_faces_than_required_are_refused() -> None:
    bald = made(12).where("Bald")
    bald.require(4, "a batch")
    with pytest.raises(DynnetError, match="made: Bald: expected at least 5 faces for a batch of 5, got 4; choose"):
        bald.require(5, "a batch of 5")


def test_batches_show_each_face_whole_once_an_epoch() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (12, 8, 8, 3), dtype=np.uint8)
    faces = Faces(pixels, made(12).attributes, np.arange(12), "made").where("Male")
    batches = PhotoBatches(faces, batch=3, crop=faces.size, scale=(1, 1), seed=1)
    seen = []
    for step in range(20):
        batch = batches.batch_at(step)
        assert batch.shape == (3, 3, 8, 8) and batch.dtype == torch.float32
        for face in batch.mul(255).round().to(torch.uint8).permute(0, 2, 3, 1).numpy():
            (match,) = [
                (k, mirrored)
                for k in range(len(faces))
                for mirrored in (False, True)
                if (face == (faces[k][:, ::-1] if mirrored else faces[k])).all()
            ]
            seen.append(match)
    for epoch in range(10):
        assert sorted(k for k, _ in seen[6 * epoch : 6 * epoch + 6]) == list(range(6))
    assert 15 < sum(mirrored for _, mirrored in seen) < 45
    assert torch.equal(batches.batch_at(7), PhotoBatches(faces, 3, 8, (1, 1), seed=1).batch_at(7))


def test_faces_need_a_row_and_an_id_each() -> None:
    faces = made(3)
    table = faces.attributes
    for attributes, ids in (
        (table[:2], faces.ids),
        (table, faces.ids[:2]),
        (table.astype(int), faces.ids),
    ):
        with pytest.raises(DynnetError, match="expected a row of booleans and an id for each of 3 faces"):
            Faces(faces.squares, attributes, ids, "x")


def test_no_bar_without_a_terminal(
    folder: Callable[..., Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    load_faces(folder(2), 16, tmp_path / "cache")
    assert capfd.readouterr() == ("", "")
