"""The download of MS-COCO, with torchvision's part played by a stand-in."""

from pathlib import Path

import pytest

from dynnet.errors import DynnetError
from dynnet.paper.data import coco
from dynnet.paper.data.coco import download_coco
from tests.paper.data.download_failures import FAILURES, fail, leave_free, said_of


@pytest.fixture(autouse=True)
def small_coco(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coco, "PICTURES", 3)
    leave_free(monkeypatch, 10**12)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    seen: list[tuple] = []

    def fetch(url: str, download_root: str, *, md5: str, remove_finished: bool) -> None:
        seen.append((url, download_root, md5, remove_finished))
        folder = Path(download_root) / "train2014"
        folder.mkdir(exist_ok=True)
        for k in range(3):
            (folder / f"COCO_train2014_{k:012}.jpg").touch()

    monkeypatch.setattr(coco, "download_and_extract_archive", fetch)
    return seen


def test_fetches_once(tmp_path: Path, calls: list[tuple]) -> None:
    folder = download_coco(tmp_path / "data")
    assert folder == tmp_path / "data" / "coco" / "train2014"
    url = "http://images.cocodataset.org/zips/train2014.zip"
    assert calls == [(url, str(tmp_path / "data" / "coco"), "0da8c0bd3d6becc4dcb32757491aca88", True)]
    assert download_coco(tmp_path / "data") == folder
    assert len(calls) == 1


def test_an_interrupted_extraction_is_repeated(tmp_path: Path, calls: list[tuple]) -> None:
    download_coco(tmp_path)
    next((tmp_path / "coco" / "train2014").glob("*.jpg")).unlink()
    download_coco(tmp_path)
    assert len(calls) == 2


@pytest.mark.parametrize("error", FAILURES)
def test_failures_are_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    fail(monkeypatch, coco, "download_and_extract_archive", error)
    with pytest.raises(DynnetError, match=r"expected to download 13 GB .*check the network") as caught:
        download_coco(tmp_path)
    assert "\n" not in str(caught.value)
    assert said_of(error) in str(caught.value)


def test_mistakes_of_the_program_are_not_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(monkeypatch, coco, "download_and_extract_archive", TypeError("a bug"))
    with pytest.raises(TypeError, match="a bug"):
        download_coco(tmp_path)


def test_too_little_space(tmp_path: Path, calls: list[tuple], monkeypatch: pytest.MonkeyPatch) -> None:
    leave_free(monkeypatch, 5 * 10**9)
    with pytest.raises(DynnetError, match="expected 28 GB of free space, got 5 GB"):
        download_coco(tmp_path)
    assert calls == []


def test_an_archive_of_something_else(tmp_path: Path, calls: list[tuple], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coco, "PICTURES", 82_783)
    with pytest.raises(DynnetError, match="expected 82,783 pictures, got 3"):
        download_coco(tmp_path)


def test_a_folder_that_cannot_be_made(tmp_path: Path, calls: list[tuple]) -> None:
    (tmp_path / "coco").touch()
    with pytest.raises(DynnetError, match="check the network and the folder"):
        download_coco(tmp_path)
