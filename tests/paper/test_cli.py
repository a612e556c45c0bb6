"""The command line: a mistake in the input is one line on stderr and exit code 2, never a traceback."""

import json
import shlex
import sys
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

from dynnet.checkpoints import read_manifest, save_checkpoint
from dynnet.errors import DynnetError
from dynnet.paper.cli import app, main
from dynnet.paper.locations import CHECKPOINTS
from dynnet.paper.recipe import recipe_names
from dynnet.paper.style.network import TransformerNet
from tests.paper.report.records import entry, write_notebook, write_record
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
    monkeypatch.setattr("dynnet.paper.data.roots.DOWNLOADS", tmp_path / "no downloads")
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
    (written,) = json.loads((shell.folder / "out" / "MANIFEST.json").read_text()).values()
    assert written["command"] == "dynnet train tiny.toml --only main"  # and no folder of this machine


def test_what_ships_names_no_folder_of_the_machine_that_trained_it() -> None:
    commands = [shlex.split(kept["command"]) for kept in read_manifest(CHECKPOINTS).values()]
    assert commands and not [word for words in commands for word in words if "/" in word]


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

    monkeypatch.setattr("dynnet.paper.report.reproduction.run_notebook", never)
    (tmp_path / "file").touch()
    assert "cannot write" in one_line(shell.run("reproduce", "fig1", "--out", tmp_path / "file" / "figures"))


def test_checkpoints_that_cannot_be_written(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    arguments = ("--runs", shell.folder / "runs", "--out", tmp_path / "file" / "out", "--only", "main")
    assert "cannot write" in one_line(shell.run("train", TINY, *arguments))


def test_a_figure_without_notebook(shell: Shell) -> None:
    assert "no notebook for 'fig99'" in one_line(shell.run("reproduce", "fig99"))


@pytest.mark.parametrize("command", [("reproduce", "all"), ("reproduce", "fig3"), ("report",)])
def test_without_notebooks_in_reach_nothing_is_said_to_be_done(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    monkeypatch.setattr("dynnet.paper.report.notebooks.NOTEBOOKS", tmp_path / "notebooks")
    assert "expected notebooks in" in one_line(shell.run(*command))


class Notebooks:
    """Notebooks that leave files instead of being run; `leave` and `fail` say what each does."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self.figures = folder / "notebooks", folder / "figures"
        self.leave: dict[str, tuple[str, ...]] = {}
        self.fail: dict[str, Exception] = {}
        self.given: dict[str, dict[str, str]] = {}
        for path in (self.folder, self.figures):
            path.mkdir()
        monkeypatch.setattr("dynnet.paper.report.notebooks.NOTEBOOKS", self.folder)
        monkeypatch.setattr("dynnet.paper.report.notebooks.EXECUTED", folder / "build")
        monkeypatch.setattr("dynnet.paper.devices.check_device", lambda *_: None)  # any device will do to be passed on
        monkeypatch.setattr("dynnet.paper.report.reproduction.run_notebook", self._run)

    def add(self, stem: str, *figures: str) -> None:
        told = {name: told for figure in figures for name, told in entry(figure).items()}
        write_notebook(self.folder / f"{stem}.ipynb", figures=told)
        self.leave[stem] = tuple(name for figure in told.values() for name in figure["files"])

    def _run(self, notebook: Path, parameters: dict[str, str], executed: Path) -> Path:
        self.given[notebook.stem] = parameters
        if error := self.fail.get(notebook.stem):
            raise error
        for name in self.leave[notebook.stem]:
            path = Path(parameters["out_dir"]) / name
            path.unlink(missing_ok=True)
            if path.suffix == ".json":
                write_record(path.parent, path.stem, profile=parameters["profile"])
            else:
                path.write_text(parameters["device"])
        return executed / notebook.name


@pytest.fixture
def notebooks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Notebooks:
    made = Notebooks(tmp_path, monkeypatch)
    made.add("fig9_walk", "fig9")
    made.add("10_other_ways", "10_other_ways")
    made.add("09_your_own")
    return made


def test_reproduce_all_says_a_line_per_notebook_and_writes_the_report(shell: Shell, notebooks: Notebooks) -> None:
    code, out, err = shell.run("reproduce", "all", "--out", notebooks.figures, "--profile", "paper", "--device", "cuda")
    page = notebooks.folder.parent / "build" / "index.html"
    lines = [" ".join(line.split()) for line in out.splitlines()]
    assert (code, err) == (0, "")
    assert lines == [
        "09_your_own 0 s no claims",
        "10_other_ways 0 s 1 of 2 claims hold",
        "fig9_walk 0 s 1 of 2 claims hold",
        f"wrote {page}",
        "10_other_ways 1 of 2 claims hold 90 s no record to compare with",
        "fig9 1 of 2 claims hold 90 s no record to compare with",
    ]
    given = {name: Path(parameters["out_dir"]) for name, parameters in notebooks.given.items()}
    assert given["fig9_walk"] == notebooks.figures and given["09_your_own"] == page.parent / "your_own"
    assert "Profile paper" in page.read_text() and (notebooks.figures / "fig9.png").read_text() == "cuda"


@pytest.mark.parametrize("error", [DynnetError("a cell failed"), RuntimeError("Kernel died\nat once")])
def test_reproduce_all_goes_on_after_a_failure_and_names_it(
    shell: Shell, notebooks: Notebooks, error: Exception
) -> None:
    notebooks.fail["10_other_ways"] = error
    code, out, err = shell.run("reproduce", "all", "--out", notebooks.figures)
    said = " ".join(str(error).split())
    assert code == 2 and err == "dynnet: 1 of 3 notebooks failed: 10_other_ways\n"
    assert f"failed: {said}\nfig9_walk" in out and "1 of 2 claims hold" in out
    assert said in (notebooks.folder.parent / "build" / "index.html").read_text()


def test_reproduce_one_figure_says_where_it_is_and_how_far_it_moved(shell: Shell, notebooks: Notebooks) -> None:
    notebooks.add("00_quickstart", "fig1", "fig2")
    for _ in range(2):
        code, out, _ = shell.run("reproduce", "fig2", "--out", notebooks.figures)
    assert code == 0 and f"figures in {notebooks.figures}/, notebook " in out and "00_quickstart.ipynb" in out
    assert [line.split()[0] for line in out.splitlines()[-2:]] == ["fig1", "fig2"]
    assert out.endswith("no number changed\n")
    code, out, _ = shell.run("reproduce", "09", "--out", notebooks.figures)
    assert code == 0 and "09_your_own.ipynb" in out and "figures in" not in out  # it leaves none


def test_reproduce_one_figure_that_fails(shell: Shell, notebooks: Notebooks) -> None:
    notebooks.fail["fig9_walk"] = DynnetError("a cell failed")
    code, out, err = shell.run("reproduce", "fig9", "--out", notebooks.figures)
    assert code == 2 and "failed: a cell failed" in out and err == "dynnet: 1 of 1 notebooks failed: fig9_walk\n"


def test_report_runs_nothing(shell: Shell, notebooks: Notebooks) -> None:
    write_record(notebooks.figures, "fig9")
    notebooks.fail = dict.fromkeys(notebooks.leave, AssertionError("ran"))
    code, out, _ = shell.run("report", "--figures", notebooks.figures)
    assert (code, out) == (0, f"wrote {notebooks.folder.parent / 'build' / 'index.html'}\n")


def test_status_prints_and_writes_documents_only_when_asked(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_record(tmp_path, "fig9")
    page = tmp_path / "page.md"
    page.write_text(before := "<!--= claims --><!--/-->")
    monkeypatch.setattr("dynnet.paper.numbers.DOCUMENTS", (page,))
    code, out, _ = shell.run("status", "--figures", tmp_path)
    assert code == 0 and "1 of 2 claims hold" in out and page.read_text() == before
    assert f"wrote {page}\n" in shell.run("status", "--figures", tmp_path, "--write")[1]
    assert "| fig9 | first | 4.1 | scaled down |" in page.read_text()


def test_bench_prints_and_keeps_its_table_only_when_asked(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [("main network", 38.666, "ms", "", None), ("plain pass", 52.0, "ms", "main network", 1.3449)]
    table = pd.DataFrame(rows, columns=["what", "value", "unit", "compared with", "ratio"])
    page, kept = tmp_path / "page.md", tmp_path / "speed.csv"
    page.write_text("<!--= speed --><!--/-->")
    monkeypatch.setattr("dynnet.paper.bench.bench", lambda *_: table)
    monkeypatch.setattr("dynnet.paper.numbers.SPEED", kept)
    monkeypatch.setattr("dynnet.paper.numbers.DOCUMENTS", (page,))
    code, out, _ = shell.run("bench")
    assert code == 0 and "1.34 x main network" in out and not kept.exists()
    assert shell.run("bench", "--write")[0] == 0
    assert "| plain pass | 52.00 ms | 1.34 x main network |" in page.read_text()
    assert pd.read_csv(kept).value.tolist() == [38.666, 52.0]


def test_status_of_a_damaged_record(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "fig9.json").write_text("{")
    assert "fig9.json: expected the record of a figure" in one_line(shell.run("status", "--figures", tmp_path))


def test_a_teacher_that_is_not_there(shell: Shell, tmp_path: Path) -> None:
    arguments = ("--teacher", tmp_path / "gone.npz", "--out", shell.folder / "out", "--runs", shell.folder / "runs")
    assert "no VGG19 weights at" in one_line(shell.run("distill", *arguments))
    assert shell.nothing_written()


def test_data_fetches_all_that_the_paper_profile_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched: list[object] = []
    monkeypatch.setattr("dynnet.paper.faces.celeba.download_celeba", lambda root: fetched.append(("celeba", root)))
    monkeypatch.setattr("dynnet.paper.data.coco.download_coco", lambda root: fetched.append(("coco", root)))
    monkeypatch.setattr("dynnet.paper.style.losses.features.feature_network", fetched.append)
    result = CliRunner().invoke(app, ["data", "--root", str(tmp_path)])
    assert result.exit_code == 0 and f"{tmp_path} is ready" in result.stdout
    assert fetched == [("celeba", tmp_path), ("coco", tmp_path), "vgg16"]
