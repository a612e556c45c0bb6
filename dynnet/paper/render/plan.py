"""Which files are rendered, and where each result goes. Found out, and refused, before anything is rendered."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dynnet.errors import DynnetError
from dynnet.paper.data.folders import SUFFIXES, find_pictures, told
from dynnet.paper.render.saving import KINDS

FILMS = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".ts", ".mts", ".3gp")
OUT = Path("rendered")


@dataclass(frozen=True)
class Job:
    """One input and its output.

    Attributes:
        source: a file.
        target: where its result goes; several results go beside one another, under names made of this one.
        chosen: whether the target was named as a file: then one that is there is replaced.
    """

    source: Path
    target: Path
    chosen: bool = False

    @property
    def is_film(self) -> bool:
        """Whether the input is a film, by its suffix."""
        return self.source.suffix.lower() in FILMS


@dataclass(frozen=True)
class Plan:
    """What is to be done.

    Attributes:
        jobs: in order.
        out: the folder that all targets lie in.
        left_out: what a folder has that is not rendered, in words; empty where that is nothing.
    """

    jobs: tuple[Job, ...]
    out: Path
    left_out: str = ""


def planned(inputs: Sequence[Path], out: Path | None, suffixes: Sequence[str] = ()) -> Plan:
    """A job for every picture and film.

    Args:
        inputs: pictures, films and folders; a folder's pictures keep their names and folders.
        out: a file for a single picture or film, else a folder; default `OUT`.
        suffixes: besides pictures' and films' own that make `out` a file.

    Raises:
        DynnetError: an input is not there; two results would have one name; `out` is an input, or is a file where it
            should be a folder.
    """
    wanted = out or OUT
    named = wanted.suffix.lower() in (*KINDS, *FILMS, *suffixes) and not wanted.is_dir()
    if named and len(inputs) == 1 and not inputs[0].is_dir():
        jobs, left_out = [Job(_present(inputs[0]), wanted, chosen=True)], []
        _check_apart(jobs)
        return Plan(tuple(jobs), wanted.parent)
    if named or wanted.is_file():
        raise DynnetError(f"-o {wanted}: expected a folder for these inputs, got the name of a file")
    jobs, left_out = [], []
    for path in inputs:
        if not path.is_dir():
            jobs.append(Job(_present(path), wanted / path.name))
            continue
        if wanted.exists() and wanted.samefile(path):
            raise DynnetError(f"-o {wanted}: expected another folder than the input's; its pictures are never replaced")
        found = find_pictures(path)
        inside = [picture for picture in found.paths if not _is_below(picture, wanted)]
        jobs += [Job(picture, wanted / picture.relative_to(path)) for picture in inside]
        left_out += [f"{path}: {told(found.left_out)}"] if found.left_out else []
    _check_apart(jobs)
    return Plan(tuple(jobs), wanted, "; ".join(left_out))


def numbered(target: Path, text: str, several: bool) -> Path:
    """The name of one of several results: `photo-0.25.jpg`."""
    return target.with_name(f"{target.stem}-{text}{target.suffix}") if several else target


def part_of(target: Path) -> Path:
    """What a film is called until it is finished; it plays by that name when the work is interrupted."""
    return target.with_name(f"{target.stem}.part{target.suffix}")


def check_target(target: Path, sources: Sequence[Path]) -> None:
    """Makes sure that no input is written over, whatever links lead to it.

    Raises:
        DynnetError: `target` is one of the sources.
    """
    for source in sources:
        if target.exists() and target.samefile(source):
            raise DynnetError(f"{target}: an input is never replaced; give another -o")


def _present(path: Path) -> Path:
    if not path.is_file():
        raise DynnetError(f"{path}: expected a picture, a film or a folder, got no such file; check the name")
    if path.suffix.lower() not in (*SUFFIXES, *FILMS):
        raise DynnetError(
            f"{path}: expected a picture ({', '.join(SUFFIXES)}) or a film ({', '.join(FILMS)}); save it as one"
        )
    return path


def _is_below(path: Path, folder: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def _check_apart(jobs: Sequence[Job]) -> None:
    seen: dict[str, Path] = {}
    for job in jobs:
        for name in (job.target, part_of(job.target)) if job.is_film else (job.target,):
            other = seen.setdefault(str(name).casefold(), job.source)
            if other is not job.source:
                raise DynnetError(f"{job.source} and {other} would both become {name}; render them one by one")
            check_target(name, [one.source for one in jobs] if len(jobs) < 100 else [job.source])
