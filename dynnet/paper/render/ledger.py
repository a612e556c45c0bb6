"""What was rendered into a folder, how, and from what: a second call does what is left, and replaces nothing else."""

import json
from pathlib import Path
from typing import Any

from dynnet.atomic import check_writable
from dynnet.errors import DynnetError

NAME = ".dynnet-render.jsonl"


class Ledger:
    """The record in a folder: a line for every file that was written there; a later line counts.

    Args:
        folder: of the results.
        settings: what went into every result besides its source, in a word.
    """

    def __init__(self, folder: Path, settings: str):
        self.folder, self.settings = folder, settings
        self._path = folder / NAME
        self._known: dict[str, dict[str, Any]] = {}
        if self._path.is_file():
            for line in self._path.read_text("utf-8", "replace").splitlines():
                self._take(line)

    def has(self, source: Path, target: Path) -> bool:
        """Whether `target` is there, as it was made of this very source with these settings.

        Raises:
            DynnetError: there is a file of that name that was not made here, or was changed since.
        """
        if not target.exists():
            return False
        entry = self._known.get(self._name(target))
        if entry is None or entry["target"] != _state(target):
            raise DynnetError(f"{target}: there is a file that this did not write; give another -o, or --overwrite")
        return entry["settings"] == self.settings and entry["source"] == _age(source)

    def add(self, source: Path, target: Path) -> None:
        """Takes down that `target` was made."""
        entry = {"settings": self.settings, "source": _age(source), "target": _state(target)}
        self._known[self._name(target)] = entry
        check_writable(self.folder)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"name": self._name(target)} | entry) + "\n")

    def _name(self, target: Path) -> str:
        return target.relative_to(self.folder).as_posix()

    def _take(self, line: str) -> None:
        try:
            entry = json.loads(line)
            self._known[entry["name"]] = {key: entry[key] for key in ("settings", "source", "target")}
        except (ValueError, KeyError, TypeError):  # a line that was cut off: its picture is made again
            return


def _state(path: Path) -> list[int]:
    status = path.stat()
    return [status.st_size, status.st_mtime_ns]


def _age(path: Path) -> list[int]:
    """With the time of the last change, too, which no program can set: another file of its size and age is another."""
    return [*_state(path), path.stat().st_ctime_ns]
