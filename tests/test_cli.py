"""The command line: a mistake in the input is one line on stderr and exit code 2, never a traceback."""

import sys
from pathlib import Path

import pytest

from dynnet.checkpoints import save_checkpoint
from dynnet.cli import main
from dynnet.networks.transformer import TransformerNet
from dynnet.recipes import recipe_names
from tests.tiny import TINY


class Shell:
    """Runs commands in a folder of their own."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
        self.folder, self._monkeypatch, self._capsys = folder, monkeypatch, capsys

    def run(self, *arguments: object) -> tuple[int, str, str]:
        """(exit code, stdout, stderr)"""
        self._monkeypatch.setattr(sys, "argv", ["dynnet", *map(str, arguments)])
        with pytest.raises(SystemExit) as exit_:
            main()
        return exit_.value.code or 0, *self._capsys.readouterr()

    def train(self, *arguments: object) -> tuple[int, str, str]:
        return self.run("train", TINY, "--out", self.folder / "out", "--runs", self.folder / "runs", *arguments)

    def nothing_written(self) -> bool:
        return not any(path.is_file() for path in self.folder.rglob("*"))


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> Shell:
    monkeypatch.setattr("dynnet.data.roots.DOWNLOADS", tmp_path / "no downloads")
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return Shell(folder, monkeypatch, capsys)


def one_line(result: tuple[int, str, str]) -> str:
    code, out, err = result
    assert code == 2 and out == "" and err.startswith("dynnet: ") and err.count("\n") == 1 and err.endswith("\n")
    return err


def test_list_names_every_recipe_and_its_networks(shell: Shell) -> None:
    code, out, err = shell.run("list")
    assert code == 0 and err == ""
    assert [line.split()[0] for line in out.splitlines()] == recipe_names()
    assert "main, blocks, fixed_5e4" in out


def test_a_training_names_what_it_wrote(shell: Shell) -> None:
    code, out, _ = shell.train("--only", "main")
    path = shell.folder / "out" / "cpu" / "tiny" / "main.safetensors"
    assert code == 0 and out == f"wrote {path}\n" and path.is_file()
    assert f"dynnet train {TINY}" in (shell.folder / "out" / "MANIFEST.json").read_text()


def test_a_data_root_that_is_not_there(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYNNET_DATA", "/nowhere/at/all")
    assert "DYNNET_DATA = /nowhere/at/all: expected a folder" in one_line(shell.train())
    assert shell.nothing_written()


def test_a_data_root_without_photos(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "data" / "styles").mkdir(parents=True)
    monkeypatch.setenv("DYNNET_DATA", str(tmp_path / "data"))
    assert "expected a folder photos/ or coco/" in one_line(shell.train())
    (tmp_path / "data" / "photos").mkdir()
    assert "expected pictures" in one_line(shell.train())
    assert shell.nothing_written()


def test_a_style_that_is_no_picture(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "notes.jpg").write_text("no picture")
    for name, said in (("notes.jpg", "expected a JPEG, PNG or WebP"), ("gone.jpg", "got no such file")):
        error = one_line(shell.train("--style", tmp_path / name))
        assert name in error and said in error
    assert shell.nothing_written()


def test_an_unknown_recipe_profile_and_network(shell: Shell) -> None:
    assert "no recipe 'fig99'; there are " in one_line(shell.run("train", "fig99"))
    assert "has no profile 'huge'; it has cpu" in one_line(shell.train("--profile", "huge"))
    assert "no network 'head'; it has main, blocks, fixed_1e6" in one_line(shell.train("--only", "head"))
    assert shell.nothing_written()


def test_a_truncated_checkpoint(shell: Shell) -> None:
    path = shell.folder / "out" / "cpu" / "tiny" / "main.safetensors"
    save_checkpoint(path, {f"weights.{k}": v for k, v in TransformerNet(2).state_dict().items()}, {"width": 2})
    path.write_bytes(path.read_bytes()[:-100])
    error = one_line(shell.train("--only", "blocks"))
    assert "main.safetensors is no checkpoint of dynnet" in error and "train it again" in error


def test_a_checkpoint_that_is_not_there(shell: Shell) -> None:
    assert "no checkpoint at" in one_line(shell.train("--only", "blocks"))


def test_a_figures_folder_that_cannot_be_written(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object, **__: object) -> None:
        raise AssertionError("ran before the folder was checked")

    monkeypatch.setattr("dynnet.execution.notebook_of", lambda figure: tmp_path / f"{figure}_walk.ipynb")
    monkeypatch.setattr("dynnet.execution.run_notebook", never)
    (tmp_path / "file").touch()
    assert "cannot write" in one_line(shell.run("reproduce", "fig1", "--out", tmp_path / "file" / "figures"))


def test_checkpoints_that_cannot_be_written(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    arguments = ("--runs", shell.folder / "runs", "--out", tmp_path / "file" / "out", "--only", "main")
    assert "cannot write" in one_line(shell.run("train", TINY, *arguments))


def test_a_figure_without_notebook(shell: Shell) -> None:
    assert "no notebook for 'fig99'" in one_line(shell.run("reproduce", "fig99"))


def test_a_teacher_that_is_not_there(shell: Shell, tmp_path: Path) -> None:
    arguments = ("--teacher", tmp_path / "gone.npz", "--out", shell.folder / "out", "--runs", shell.folder / "runs")
    assert "no VGG19 weights at" in one_line(shell.run("distill", *arguments))
    assert shell.nothing_written()
