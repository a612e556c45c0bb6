"""Finds the pictures in a folder, and counts by kind what is left out: nothing is passed over without a word."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from dynnet.errors import DynnetError

# What the three formats that are read are called by.
SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".pjpeg", ".pjp", ".png", ".webp")

# Pictures of other formats: where some are left out, somebody may have meant them to be taken.
_OTHER_PICTURES = frozenset(
    "HEIC HEIF HIF AVIF GIF TIF TIFF BMP JXL JP2 J2K PSD PPM TGA EXR HDR SVG "  # noqa: SIM905
    "DNG CR2 CR3 CRW NEF NRW ARW SRF ORF RW2 RAF PEF SRW RAW X3F 3FR IIQ".split()
)

# What network storage, operating systems and archives put beside pictures: thumbnails and what was thrown away.
_SYSTEM = {
    "@eadir",
    "@tmp",
    "@recycle",
    "@recently-snapshot",
    "@sharebin",
    "#recycle",
    "#snapshot",
    "$recycle.bin",
    "recycler",
    "system volume information",
    "lost+found",
    "__macosx",
    "thumbnails",
    "_thumbs",
}
_SYSTEM_SUFFIXES = (".lrdata",)  # Lightroom's previews


@dataclass(frozen=True)
class Found:
    """The pictures of a folder, sorted, and {kind: how many files or folders of it were left out}."""

    paths: tuple[Path, ...]
    left_out: Mapping[str, int]

    @property
    def other_pictures(self) -> bool:
        """Whether pictures of formats that are not read were left out."""
        return not _OTHER_PICTURES.isdisjoint(self.left_out)


def find_pictures(folder: Path) -> Found:
    """All JPEG, PNG and WebP files under a folder, told by their suffix; linked files and folders are followed.

    Left out are hidden files and folders, the system's own folders (@eaDir, #recycle, ...), links that lead back to
    what was searched already, and files of other kinds.

    Raises:
        DynnetError: there is no such folder, it cannot be opened, or no picture is in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        got = "a file" if folder.exists() else "no such folder"
        raise DynnetError(f"{folder}: expected a folder of pictures, got {got}; check the name")
    search = _Search(folder)
    if not search.found:
        got = f"none, but {told(search.left_out)}" if search.left_out else "none"
        raise DynnetError(f"{folder}: expected pictures ({', '.join(SUFFIXES)}), got {got}; put some there")
    return Found(tuple(sorted(search.found)), dict(search.left_out))


def told(left_out: Mapping[str, int], most: int = 8) -> str:
    """`200 HEIC, 3 TXT, 1 folder @eaDir`: the commonest first, the rest as a number."""
    ranked = sorted(left_out.items(), key=lambda item: -item[1])
    said = [f"{count:,} {kind}" for kind, count in ranked[:most]]
    rest = sum(count for _, count in ranked[most:])
    return ", ".join(said + ([f"{rest:,} of other kinds"] if rest else []))


class _Search:
    """Walks all folders first and what links lead to afterwards, so that a file keeps the name it has without links."""

    def __init__(self, folder: Path) -> None:
        self.found: list[Path] = []
        self.left_out: Counter[str] = Counter()
        self._above = {_identity(parent) for parent in folder.resolve().parents}
        self._seen: set[tuple[int, int]] = set()
        self._links: list[Path] = []
        self._walk(folder)
        files: list[Path] = []
        while self._links:
            link = self._links.pop(0)
            self._follow(link) if link.is_dir() else files.append(link)
        for link in files:
            self._follow(link)

    def _walk(self, folder: Path) -> None:
        waiting = [folder]
        while waiting:
            here = waiting.pop()
            device, inode = _identity(here)
            if (device, inode) in self._seen:  # two links may lead to a folder and to one inside it
                continue
            self._seen.add((device, inode))
            for entry in self._entries(here):
                if entry.name.startswith("."):
                    self.left_out["hidden"] += entry.name.lower().endswith(SUFFIXES)
                elif entry.is_symlink():
                    self._links.append(Path(entry.path))
                elif not entry.is_dir():
                    self._seen.add((device, entry.inode()))
                    self._file(Path(entry.path))
                elif _is_system(entry.name):
                    self.left_out[f"folder {entry.name}"] += 1
                else:
                    waiting.append(Path(entry.path))
        self.left_out = +self.left_out

    def _entries(self, folder: Path) -> Iterator[os.DirEntry]:
        try:
            with os.scandir(folder) as entries:
                yield from sorted(entries, key=lambda entry: entry.name)
        except OSError:
            self.left_out["folder that cannot be opened"] += 1

    def _follow(self, link: Path) -> None:
        try:
            identity, is_folder = _identity(link), link.is_dir()
        except OSError:  # it leads nowhere, or round in circles
            self.left_out["broken link"] += 1
            return
        if is_folder and _is_system(link.resolve().name):
            self.left_out[f"folder {link.name}"] += 1
        elif identity in self._seen or identity in self._above:
            self.left_out["link to what is searched already"] += 1
        elif is_folder:
            self._walk(link)
        else:
            self._seen.add(identity)
            self._file(link)

    def _file(self, path: Path) -> None:
        if path.name.lower().endswith(SUFFIXES):
            self.found.append(path)
        else:
            self.left_out[path.suffix[1:].upper() or "without a suffix"] += 1


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _is_system(name: str) -> bool:
    return name.lower() in _SYSTEM or name.lower().endswith(_SYSTEM_SUFFIXES)
