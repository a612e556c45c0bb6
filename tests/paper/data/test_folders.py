"""What is taken for a picture, what is left out, and that it is said."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from dynnet.errors import DynnetError
from dynnet.paper.data.folders import SUFFIXES, Found, find_pictures, told


def fill(root: Path, names: Sequence[str]) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(name)
    return root


def names(found: Found, root: Path) -> list[str]:
    return [path.relative_to(root).as_posix() for path in found.paths]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return fill(tmp_path / "photos", ["b.jpg", "a/c.png"])


def test_pictures_are_found_in_all_folders_but_hidden_ones(tmp_path: Path) -> None:
    wanted = ["a/b/c.webp", "a/z.JPEG", "b.JPG", "c.png"]
    root = fill(
        tmp_path / "photos", [*wanted, ".hidden.jpg", ".cache/x.jpg", "a/notes.txt", "jpg", "d.gif", ".DS_Store"]
    )
    found = find_pictures(root)
    assert names(found, root) == wanted
    assert found.left_out == {"hidden": 1, "TXT": 1, "without a suffix": 1, "GIF": 1} and found.other_pictures


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_name_that_the_formats_have_is_one(tmp_path: Path, suffix: str) -> None:
    root = fill(tmp_path, [f"a{suffix}", f"b{suffix.upper()}"])
    assert names(find_pictures(root), root) == [f"a{suffix}", f"b{suffix.upper()}"]


@pytest.mark.parametrize("kind", ["heic", "HEIF", "avif", "gif", "tiff", "bmp", "dng", "CR2", "svg", "jxl"])
def test_pictures_of_other_kinds_are_counted(root: Path, kind: str) -> None:
    found = find_pictures(fill(root, [f"{k}.{kind}" for k in range(200)]))
    assert found.left_out == {kind.upper(): 200} and found.other_pictures and len(found.paths) == 2
    assert told(found.left_out) == f"200 {kind.upper()}"


def test_other_files_are_counted_and_not_called_pictures(root: Path) -> None:
    found = find_pictures(fill(root, ["index.csv", "a/README.md"]))
    assert found.left_out == {"CSV": 1, "MD": 1} and not found.other_pictures


@pytest.mark.parametrize(
    "folder",
    [
        "@eaDir",
        "#recycle",
        "$RECYCLE.BIN",
        "__MACOSX",
        "lost+found",
        "System Volume Information",
        "Lib.lrdata",
        "@Recycle",
    ],
)
@pytest.mark.parametrize("place", ["", "a/", "a/deep/"])
def test_folders_of_the_system_are_skipped(root: Path, folder: str, place: str) -> None:
    before = find_pictures(root).paths
    found = find_pictures(fill(root, [f"{place}{folder}/b.jpg", f"{place}{folder}/x/SYNOPHOTO_THUMB_M.jpg"]))
    assert found.paths == before and found.left_out == {f"folder {folder}": 1}


def test_hidden_folders_are_skipped(root: Path) -> None:
    found = find_pictures(fill(root, [".thumbnails/b.jpg", ".Trashes/501/c.jpg"]))
    assert names(found, root) == ["a/c.png", "b.jpg"]


# Links


def test_linked_folders_and_files_are_followed(root: Path, tmp_path: Path) -> None:
    fill(tmp_path / "elsewhere", ["x.jpg", "y/z.jpg", "y/no.txt", "@eaDir/t.jpg"])
    (root / "more").symlink_to(tmp_path / "elsewhere")
    (root / "one.jpg").symlink_to(tmp_path / "elsewhere" / "x.jpg")
    found = find_pictures(root)
    assert len(found.paths) == 4  # one.jpg and more/x.jpg are the same picture: it is taken once
    assert sorted(path.resolve().name for path in found.paths) == ["b.jpg", "c.png", "x.jpg", "z.jpg"]
    assert found.left_out["TXT"] == 1 and found.left_out["folder @eaDir"] == 1


@pytest.mark.parametrize("target", [".", "..", "a", "../..", "/", "b.jpg", "a/again"])
def test_links_that_lead_back_are_not_followed(root: Path, target: str) -> None:
    (root / "a" / "again").symlink_to(target if target.startswith("/") else root / target)
    found = find_pictures(root)
    assert names(found, root) == ["a/c.png", "b.jpg"]
    assert sum(found.left_out.values()) == 1 and next(iter(found.left_out)) in (
        "link to what is searched already",
        "broken link",
    )


def test_two_folders_that_link_to_each_other(tmp_path: Path) -> None:
    first, second = fill(tmp_path / "first", ["1.jpg"]), fill(tmp_path / "second", ["2.jpg"])
    (first / "other").symlink_to(second)
    (second / "other").symlink_to(first)
    assert [path.name for path in find_pictures(first).paths] == ["1.jpg", "2.jpg"]


def test_links_to_a_folder_and_to_one_inside_it_take_its_pictures_once(root: Path, tmp_path: Path) -> None:
    fill(tmp_path / "x", ["sub/1.jpg", "2.jpg"])
    (root / "0").symlink_to(tmp_path / "x" / "sub")
    (root / "1").symlink_to(tmp_path / "x")
    assert [path.name for path in find_pictures(root).paths] == ["1.jpg", "2.jpg", "c.png", "b.jpg"]


def test_a_file_keeps_the_name_that_it_has_without_links(root: Path) -> None:
    (root / "0").symlink_to(root / "a")
    (root / "0.png").symlink_to(root / "a" / "c.png")
    assert names(find_pictures(root), root) == ["a/c.png", "b.jpg"]


def test_a_link_to_nowhere_is_said(root: Path) -> None:
    (root / "gone").symlink_to(root / "nothing")
    assert find_pictures(root).left_out == {"broken link": 1}


def test_a_linked_root_is_a_root(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root)
    assert names(find_pictures(tmp_path / "link"), tmp_path / "link") == ["a/c.png", "b.jpg"]


def test_a_folder_that_cannot_be_opened_is_said(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scan = os.scandir

    def refusing(path: Path) -> object:
        if Path(path).name == "a":
            raise PermissionError(13, "Permission denied")
        return scan(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert find_pictures(root).left_out == {"folder that cannot be opened": 1}


# Nothing to take


def test_no_folder(tmp_path: Path) -> None:
    with pytest.raises(DynnetError, match="no such folder"):
        find_pictures(tmp_path / "photos")
    (tmp_path / "file").touch()
    with pytest.raises(DynnetError, match="got a file"):
        find_pictures(tmp_path / "file")


def test_no_picture_says_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(DynnetError, match="got none; put some there"):
        find_pictures(tmp_path)
    fill(tmp_path, [f"{k}.heic" for k in range(7)])
    with pytest.raises(DynnetError, match="got none, but 7 HEIC; put some there"):
        find_pictures(tmp_path)


def test_a_file_whose_name_is_no_utf8_is_found(tmp_path: Path) -> None:
    path = os.path.join(os.fsencode(tmp_path), b"caf\xe9.jpg")
    try:
        open(path, "wb").close()
    except OSError:
        pytest.skip("this file system has names in UTF-8 only")
    assert [os.fsencode(found.name) for found in find_pictures(tmp_path).paths] == [b"caf\xe9.jpg"]


def test_many_kinds_become_a_number() -> None:
    assert told({f"K{k}": k for k in range(1, 12)}, most=2) == "11 K11, 10 K10, 45 of other kinds"
