"""Files of packages are found by path: no code of theirs runs, and what is missing is said in one line."""

import hashlib
import sys
from pathlib import Path

import pytest

from dynnet.errors import DynnetError
from dynnet.paper.denoising.packages import missing_packages, package_file, sha256_of


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package whose import fails, as demosaicnet's does where pkg_resources is gone."""
    folder = tmp_path / "broken_stranger"
    (folder / "data").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise ImportError('never to be imported')")
    (folder / "data" / "weights.pth").write_bytes(b"weights")
    monkeypatch.syspath_prepend(tmp_path)
    return folder


def test_a_file_is_found_without_importing_its_package(package: Path) -> None:
    assert package_file("broken_stranger", "data/weights.pth") == package / "data" / "weights.pth"
    assert "broken_stranger" not in sys.modules


@pytest.mark.parametrize(
    ("name", "file", "said"),
    [
        ("no_such_stranger", "data/weights.pth", "the package no_such_stranger is not installed"),
        ("broken_stranger", "data/other.pth", "the package broken_stranger has no data/other.pth"),
    ],
)
def test_what_is_missing_is_said_in_one_line(package: Path, name: str, file: str, said: str) -> None:
    with pytest.raises(DynnetError, match=said) as caught:
        package_file(name, file)
    assert 'pip install "dynnet[strangers]"' in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_packages_are_named(package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dynnet.paper.denoising.packages.PACKAGES", ("broken_stranger", "no_such_stranger"))
    assert missing_packages() == ("no_such_stranger",)


def test_a_hash_is_of_the_content(package: Path) -> None:
    assert sha256_of(package / "data" / "weights.pth") == hashlib.sha256(b"weights").hexdigest()
