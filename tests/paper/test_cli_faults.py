"""What the world does to a command: another terminal, odd names, a full disk, folders that cannot be written."""

# ruff: noqa: F401, F811 (fixtures of another file)

import errno
import io
import os
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from dynnet.paper import cli
from dynnet.paper.data.pictures import write_png
from dynnet.paper.recipe import load_recipe
from tests.paper.report.records import write_record
from tests.paper.test_cli import Notebooks, Shell, notebooks, one_line, shell
from tests.tiny import TINY


class Terminal(io.TextIOWrapper):
    """A terminal or a pipe of some encoding."""

    def __init__(self, encoding: str) -> None:
        super().__init__(io.BytesIO(), encoding=encoding, write_through=True)

    @property
    def text(self) -> str:
        return self.buffer.getvalue().decode(self.encoding, "replace")


def run_on(monkeypatch: pytest.MonkeyPatch, encoding: str, *arguments: object) -> tuple[int, str, str]:
    """(exit code, stdout, stderr) of a command on terminals of an encoding."""
    out, err = Terminal(encoding), Terminal(encoding)
    monkeypatch.setattr(sys, "argv", ["dynnet", *map(str, arguments)])
    with monkeypatch.context() as now:
        now.setattr(sys, "stdout", out)
        now.setattr(sys, "stderr", err)
        with pytest.raises(SystemExit) as exit_:
            cli.main()
    return exit_.value.code or 0, out.text, err.text


@pytest.mark.parametrize("encoding", ["cp1252", "ascii", "cp437", "latin-1", "utf-8", "shift_jis"])
def test_every_terminal_is_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    write_record(tmp_path, "fig9")
    path = tmp_path / "fig9.json"
    path.write_text(path.read_text().replace("first", "α → λ, 16×16, 10⁶ ≥ 🙂"))
    code, out, err = run_on(monkeypatch, encoding, "status", "--figures", tmp_path)
    assert code == 0 and err == "" and "1 of 2 claims hold" in out
    if encoding == "utf-8":
        assert "α → λ, 16×16, 10⁶ ≥ 🙂" in out
    code, _, err = run_on(monkeypatch, encoding, "train", "αλφα.toml")
    assert code == 2 and err.startswith("dynnet: no recipe file ") and err.count("\n") == 1


NAMES = [b"caf\xe9", b"\xff\xfe", b"na\xefve \xb1"]


@pytest.mark.parametrize("name", NAMES)
def test_names_that_are_no_utf8_are_files_like_others(
    shell: Shell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: bytes,
) -> None:
    root = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), b"root " + name)))
    try:
        (root / "photos").mkdir(parents=True)
    except OSError:
        pytest.skip("this file system has names in UTF-8 only")
    for k in range(12):
        picture = np.random.default_rng(k).integers(0, 256, (50, 60, 3), "u1")
        write_png(picture, root / "photos" / f"{k} {os.fsdecode(name)}.png")
    style = root / f"style {os.fsdecode(name)}.png"
    write_png(picture, style)
    given = ["train", TINY, "--only", "main", "--data", root, "--style", style, "--cache", root / "cache"]
    code, out, err = run_on(monkeypatch, "utf-8", *given, "--out", root / "out", "--runs", root / "runs")
    assert (code, err.count("Traceback")) == (0, 0) and "wrote " in out
    gone = root / f"gone {os.fsdecode(name)}.png"
    given[given.index(style)] = gone
    code, _, err = run_on(monkeypatch, "utf-8", *given, "--out", root / "out", "--runs", root / "runs")
    assert code == 2 and "no such file" in err.splitlines()[-1]


@pytest.mark.parametrize(
    ("device", "said"),
    [
        (["--device", "cuda"], "expected device cuda, got none"),
        (["--device", "mps"], "expected device mps, got none"),
        (["--device", "gpu0"], "one of auto, cpu, cuda, mps; got 'gpu0'"),
        (["--devices", "0"], "expected 1 or more devices of the kind cpu, got 0"),
        (["--devices", "-2"], "expected 1 or more devices of the kind cpu, got -2"),
        (["--precision", "16-mixed"], "expected a precision that a CPU has, got 16-mixed"),
    ],
)
def test_devices_that_are_not_there(
    shell: Shell,
    monkeypatch: pytest.MonkeyPatch,
    device: list[str],
    said: str,
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert said in one_line(shell.train(*device))
    assert shell.nothing_written()
    if device[0] == "--device":
        assert said in one_line(shell.run("reproduce", "fig3", "--out", shell.folder / "figures", *device))
        assert shell.nothing_written()


@pytest.mark.parametrize("repeats", [0, -3])
def test_no_timings_to_take_a_median_of(shell: Shell, repeats: int) -> None:
    assert f"expected 1 or more timings of each action, got {repeats}" in one_line(
        shell.run("bench", "--repeats", repeats)
    )


# Disks


def full(*_: object, **__: object) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_disk_that_is_full_when_a_state_is_saved(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    fsync = os.fsync
    monkeypatch.setattr(os, "fsync", full)
    error = one_line(shell.train("--only", "main"))
    assert "cannot write" in error and "No space left on device; free some space or choose another folder" in error
    assert shell.nothing_written()
    monkeypatch.setattr(os, "fsync", fsync)
    assert shell.train("--only", "main")[0] == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="limits of file sizes are Unix's")
def test_a_disk_that_takes_a_part_of_a_state(shell: Shell) -> None:
    import resource
    import signal

    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    try:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
        error = one_line(shell.train("--only", "main"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)
    assert "cannot write" in error and "File too large" in error
    assert shell.nothing_written()


def test_every_folder_that_is_written_can_be_another_one(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "data" / "photos").mkdir(parents=True)
    for k in range(6):
        write_png(np.full((50, 60, 3), k, "u1"), tmp_path / "data" / "photos" / f"{k}.png")
    (tmp_path / "file").touch()
    folders = {name: tmp_path / "own" / name[2:] for name in ("--cache", "--runs", "--out")}
    arguments = ["train", TINY, "--only", "main", "--data", tmp_path / "data"]
    for option in folders:
        bad = folders | {option: tmp_path / "file" / "folder"}
        assert "cannot write" in one_line(shell.run(*arguments, *(part for item in bad.items() for part in item)))
    assert shell.run(*arguments, *(part for item in folders.items() for part in item))[0] == 0
    assert all(any(folder.rglob("*")) for folder in folders.values()) and shell.nothing_written()


def test_executed_notebooks_and_the_page_can_go_elsewhere(
    shell: Shell,
    notebooks: Notebooks,
    tmp_path: Path,
) -> None:
    own = tmp_path / "elsewhere"
    code, out, _ = shell.run("reproduce", "all", "--out", notebooks.figures, "--build", own, "--cache", own / "cache")
    assert code == 0 and f"wrote {own / 'index.html'}" in out
    assert os.environ.pop("DYNNET_CACHE") == str(own / "cache")  # as a notebook's kernel learns of it
    assert not (tmp_path / "build").exists()
    code, out, _ = shell.run("report", "--figures", notebooks.figures, "--build", own / "again")
    assert code == 0 and (own / "again" / "index.html").is_file()
    (tmp_path / "file").touch()
    given = ("--out", notebooks.figures, "--build", tmp_path / "file" / "build")
    assert "cannot write" in one_line(shell.run("reproduce", "fig9", *given))


def test_a_fault_of_the_disk_that_nobody_foresaw_is_a_line(
    shell: Shell,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unreadable(*_: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO), "recipe.toml")

    monkeypatch.setattr(cli, "load_recipe", unreadable)
    assert "Input/output error at recipe.toml; check the disk" in one_line(shell.train())
    monkeypatch.setattr(cli, "load_recipe", load_recipe)


def test_a_pipe_that_is_closed_is_no_fault(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    program = "import sys; sys.argv = ['dynnet', 'list']; from dynnet.paper.cli import main; main()"
    import subprocess

    done = subprocess.run([sys.executable, "-c", program], stdout=write, stderr=subprocess.PIPE, text=True, check=False)
    os.close(write)
    assert done.stderr == "" and done.returncode == 1
