"""The download of CelebA, with torchvision's part played by a stand-in."""

import shutil
from pathlib import Path

import pytest

from dynnet.errors import DynnetError
from dynnet.paper.faces import celeba
from dynnet.paper.faces.celeba import download_celeba
from tests.paper.data.download_failures import FAILURES, fail, leave_free, said_of

# What gdown raises when too many people have fetched a file: a plain Exception of its own.
TooManyAccesses = type("FileURLRetrievalError", (Exception,), {"__module__": "gdown.exceptions"})


@pytest.fixture(autouse=True)
def small_celeba(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(celeba, "PICTURES", 3)
    leave_free(monkeypatch, 10**12)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple]:
    seen: list[tuple] = []

    def fetch(root: str, *, split: str, download: bool) -> None:
        seen.append((root, split, download))
        folder = Path(root) / "celeba"
        (folder / "list_attr_celeba.txt").touch()
        (folder / "img_align_celeba.zip").touch()
        # As torchvision does: a folder that is there is taken for a complete one.
        if not (folder / "img_align_celeba").is_dir():
            (folder / "img_align_celeba").mkdir()
            for k in range(3):
                (folder / "img_align_celeba" / f"{k + 1:06}.jpg").touch()

    monkeypatch.setattr(celeba, "CelebA", fetch)
    return seen


def test_fetches_once(tmp_path: Path, calls: list[tuple]) -> None:
    folder = download_celeba(tmp_path / "data")
    assert folder == tmp_path / "data" / "celeba"
    assert calls == [(str(tmp_path / "data"), "all", True)]
    assert not (folder / "img_align_celeba.zip").exists()
    assert download_celeba(tmp_path / "data") == folder
    assert len(calls) == 1


def test_missing_attributes_are_fetched(tmp_path: Path, calls: list[tuple]) -> None:
    (download_celeba(tmp_path) / "list_attr_celeba.txt").unlink()
    download_celeba(tmp_path)
    assert len(calls) == 2


def test_an_interrupted_extraction_is_noticed(tmp_path: Path, calls: list[tuple]) -> None:
    pictures = tmp_path / "celeba" / "img_align_celeba"
    pictures.mkdir(parents=True)
    (pictures / "000001.jpg").touch()
    with pytest.raises(DynnetError, match="img_align_celeba: expected 3 pictures, got 1; move it away and try again"):
        download_celeba(tmp_path)
    assert (tmp_path / "celeba" / "img_align_celeba.zip").exists()
    shutil.rmtree(pictures)
    download_celeba(tmp_path)
    assert len(list(pictures.iterdir())) == 3


@pytest.mark.parametrize(
    "error",
    [
        *FAILURES,
        RuntimeError("To download files from GDrive, 'gdown' is required."),
        TooManyAccesses("Too many users have viewed or downloaded this file recently."),
    ],
)
def test_failures_are_said_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    fail(monkeypatch, celeba, "CelebA", error)
    with pytest.raises(DynnetError, match=r"expected to download 1\.4 GB .*check the network") as caught:
        download_celeba(tmp_path)
    assert "\n" not in str(caught.value)
    assert said_of(error) in str(caught.value)


def test_many_lines_of_a_failure_become_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(monkeypatch, celeba, "CelebA", TooManyAccesses("Failed to retrieve file url:\n\n\tToo many users\n"))
    with pytest.raises(DynnetError, match="got: Failed to retrieve file url: Too many users; check"):
        download_celeba(tmp_path)


def test_mistakes_of_the_program_are_not_hidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fail(monkeypatch, celeba, "CelebA", TypeError("a bug"))
    with pytest.raises(TypeError, match="a bug"):
        download_celeba(tmp_path)


def test_too_little_space(tmp_path: Path, calls: list[tuple], monkeypatch: pytest.MonkeyPatch) -> None:
    leave_free(monkeypatch, 5 * 10**8)
    with pytest.raises(DynnetError, match=r"celeba: expected 4 GB of free space, got 0\.5 GB; free some"):
        download_celeba(tmp_path)
    assert calls == []


def test_an_archive_that_is_there_counts_as_space(
    tmp_path: Path, calls: list[tuple], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "celeba").mkdir()
    (tmp_path / "celeba" / "img_align_celeba.zip").write_bytes(bytes(10))
    leave_free(monkeypatch, 4 * 10**9 - 10)
    download_celeba(tmp_path)
    assert len(calls) == 1


def test_a_folder_that_cannot_be_made(tmp_path: Path, calls: list[tuple]) -> None:
    (tmp_path / "celeba").touch()
    with pytest.raises(DynnetError, match="check the network and the folder"):
        download_celeba(tmp_path)
