"""What the project asks of others: every import declared, every version locked, every target of the workflows there."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from zipfile import ZipFile

import pytest

import dynnet.paper
from dynnet.paper.__main__ import main

PROJECT = Path(__file__).resolve().parents[1]
SETTINGS = tomllib.loads((PROJECT / "pyproject.toml").read_text())
EXTRAS = SETTINGS["project"]["optional-dependencies"]
METHOD = SETTINGS["project"]["dependencies"]
LOCK = (PROJECT / "requirements.lock").read_text()
LOCKED_EXTRAS = ("paper", "onnx", "strangers", "film", "test", "browser")


def distribution(requirement: str) -> str:
    return re.split(r"[<>=!~;\[ ]", requirement)[0].lower().replace("_", "-")


def declared(*extras: str) -> set[str]:
    return {distribution(line) for lines in (METHOD, *(EXTRAS[extra] for extra in extras)) for line in lines}


def imported(*folders: str) -> dict[str, str]:
    """{top-level module of somebody else's: a file that imports it}, in functions and notebooks' files too."""
    found = {}
    for path in (path for folder in folders for path in sorted((PROJECT / folder).rglob("*.py"))):
        found |= {name.split(".")[0]: path.relative_to(PROJECT).as_posix() for name in names_imported(path)}
    return {name: path for name, path in found.items() if name not in {*sys.stdlib_module_names, "dynnet", "tests"}}


@cache
def names_imported(path: Path) -> tuple[str, ...]:
    text = path.read_text()
    names = []
    for node in ast.walk(ast.parse(text)) if "import" in text else ():
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names.append(node.module)
    return tuple(names)


@cache
def makers() -> Mapping[str, list[str]]:
    return packages_distributions()


def undeclared(modules: dict[str, str], distributions: set[str]) -> dict[str, str]:
    """A module that is not installed here is looked for under its own name."""
    return {
        module: path
        for module, path in modules.items()
        if not {distribution(name) for name in makers().get(module, [module])} & distributions
    }


def test_export_imports_what_it_declares() -> None:
    assert imported("dynnet/onnx") and declared() == {"torch", "safetensors"}
    assert not undeclared(imported("dynnet/onnx"), declared("onnx") | {"numpy"})  # onnxruntime's arrays are numpy's


def test_every_import_of_the_reproduction_and_of_the_tests_is_declared() -> None:
    assert len(imported("dynnet")) > 15
    assert not undeclared(imported("dynnet", "docs"), declared("paper", "onnx", "strangers", "film"))
    assert not undeclared(imported("tests"), declared("paper", "onnx", "strangers", "film", "test", "browser", "zoo"))


def locked() -> dict[str, list[str]]:
    """{distribution: its versions}; several where they hang on the Python."""
    found: dict[str, list[str]] = {}
    for name, version in re.findall(r"^([a-z0-9-]+)==([^ ]+)", LOCK, re.MULTILINE):
        found.setdefault(name, []).append(version)
    return found


def test_the_lock_has_every_dependency_at_its_floor_or_above() -> None:
    def parts(version: str) -> tuple[int, ...]:
        return tuple(int(number) for number in re.findall(r"\d+", version.split("+")[0]))

    for requirement in (*METHOD, *(line for extra in LOCKED_EXTRAS for line in EXTRAS[extra])):
        name, floor = requirement.split(">=")
        assert all(parts(version) >= parts(floor) for version in locked()[name]), requirement


def test_everything_in_the_lock_has_hashes_and_comes_from_nowhere_in_particular() -> None:
    entries = re.split(r"\n(?=[a-z])", LOCK)[1:]
    assert len(entries) > 100 and all(re.search(r"--hash=sha256:[0-9a-f]{64}", entry) for entry in entries)
    assert not re.search(r"https?:|file:| @ |-index|/(?:home|root|tmp|work)", LOCK)


def dry_run(*arguments: str) -> str:
    """What `make` would do on a fresh checkout: the environment's stamp is another."""
    if shutil.which("make") is None:
        pytest.skip("needs make")
    variables = {name: value for name, value in os.environ.items() if name not in ("TORCH", "MAKEFLAGS")}
    command = ["make", "--dry-run", f"PYTHON={sys.executable}", "STAMP=.venv/.fresh", *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True, env=variables).stdout


def test_by_default_the_whole_lock_is_installed_and_no_index_is_named() -> None:
    asked = dry_run("reproduce", "TORCH=")
    assert "--require-hashes --requirement requirements.lock" in asked
    assert "index" not in asked and "without-torch" not in asked


def test_torch_cpu_takes_torch_from_pytorchs_own_index_and_the_rest_from_the_lock_without_cuda() -> None:
    asked = dry_run("reproduce", "TORCH=cpu").splitlines()
    (torch_line,) = [line for line in asked if "--index-url https://download.pytorch.org/whl/cpu" in line]
    chosen = re.search(r"\$\((sed .*)\)$", torch_line)[1]
    (filtering,) = [line.split(" > ")[0] for line in asked if line.startswith("awk")]

    def shell(command: str) -> str:
        return subprocess.run(command, shell=True, cwd=PROJECT, capture_output=True, text=True, check=True).stdout

    versions = locked()
    assert shell(chosen).split() == [f"torch=={versions['torch'][0]}", f"torchvision=={versions['torchvision'][0]}"]
    rest = set(re.findall(r"^([a-z0-9-]+)==", shell(filtering), re.MULTILINE))
    gone = set(versions) - rest
    assert {"torch", "torchvision", "triton"} <= gone and {"numpy", "torchmetrics", "typing-extensions"} <= rest
    assert all(name.startswith(("torch", "triton", "cuda-", "nvidia-")) for name in gone)
    assert any("--require-hashes --requirement .venv/without-torch.lock" in line for line in asked)


def test_the_oldest_are_the_floors() -> None:
    asked = dry_run("test-oldest", "TORCH=")
    floors = re.search(r"\$\((.*)\) pytest", asked)[1]
    found = subprocess.run(floors, shell=True, cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    assert found.split() == [requirement.replace(">=", "==") for requirement in METHOD]


def test_conda_installs_what_pyproject_says() -> None:
    yaml = pytest.importorskip("yaml")
    (pip,) = [
        d for d in yaml.safe_load((PROJECT / "environment.yml").read_text())["dependencies"] if isinstance(d, dict)
    ]
    assert pip == {"pip": ["--editable .[paper]"]}


def test_the_weekly_workflow_runs_all_that_make_test_leaves_out() -> None:
    yaml = pytest.importorskip("yaml")
    weekly = yaml.safe_load((PROJECT / ".github" / "workflows" / "weekly.yml").read_text())
    targets = set(weekly["jobs"]["targets"]["strategy"]["matrix"]["target"])
    markers = {line.split(":")[0] for line in SETTINGS["tool"]["pytest"]["ini_options"]["markers"]}
    explicit = set(re.findall(r"^(test-\w+):", (PROJECT / "Makefile").read_text(), re.MULTILINE))
    assert targets == explicit | {f"test-{marker}" for marker in markers}
    left_out = re.search(r"not \((.*)\)", SETTINGS["tool"]["pytest"]["ini_options"]["addopts"])[1].split(" or ")
    assert set(left_out) == markers - {"fuzz"}  # a few of those are always run
    settings = " ".join(weekly["jobs"]["processors"]["strategy"]["matrix"]["settings"])
    for wanted in ("default", "avx2", "SSE41", "AVX2", "AVX512_CORE", "SEED=1", "SEED=4", "THREADS=2"):
        assert f"={wanted}" in settings or wanted in settings


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package as `pip install .` leaves it, unpacked."""
    source, out = tmp_path_factory.mktemp("source"), tmp_path_factory.mktemp("wheel")
    shutil.copytree(PROJECT / "dynnet", source / "dynnet", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(PROJECT / name, source)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--wheel-dir", out, source], check=True, capture_output=True)
    (built,) = out.glob("*.whl")
    with ZipFile(built) as archive:
        archive.extractall(out / "installed")
    return out / "installed"


IN_A_WHEEL = """
import sys
sys.modules["numpy"] = None
import dynnet, dynnet.calibration, dynnet.adversarial.fitting, torch
main = torch.nn.Sequential(torch.nn.Conv2d(3, 3, 1))
print(dynnet.__file__, *dynnet.DynamicNet(main, {"0": dynnet.TuningBlock(3)})(torch.rand(1, 3, 8, 8), alpha=0.5).shape)
from dynnet import paper
for way in ("paper.load('fig3')", "from dynnet.paper import load"):
    try:
        exec(way)
    except dynnet.DynnetError as error:
        print(error)
from dynnet.paper.__main__ import main
main()
"""


@pytest.fixture(scope="module")
def ran(wheel: Path) -> subprocess.CompletedProcess[str]:
    """What a process says that has the wheel and no numpy: it runs a Dynamic-Net, then asks for the reproduction."""
    command = [sys.executable, "-W", "ignore", "-c", IN_A_WHEEL]
    return subprocess.run(command, capture_output=True, text=True, cwd=wheel, env=os.environ | {"PYTHONPATH": "."})


def test_a_wheel_holds_the_method_which_needs_no_numpy(wheel: Path, ran: subprocess.CompletedProcess[str]) -> None:
    names = {path.relative_to(wheel).as_posix() for path in wheel.rglob("*") if path.is_file()}
    assert "dynnet/dynamic.py" in names and not [name for name in names if name.endswith((".toml", ".safetensors"))]
    assert ran.stdout.splitlines()[:1] == [f"{wheel / 'dynnet' / '__init__.py'} 1 3 8 8"], ran.stderr


def test_of_the_reproduction_a_wheel_says_that_it_needs_a_checkout(ran: subprocess.CompletedProcess[str]) -> None:
    said = "expected a checkout of the project, got the package alone"
    loaded, imported_from = ran.stdout.splitlines()[1:]
    assert loaded.startswith(said) and imported_from.startswith(said) and "clone" in loaded
    assert ran.returncode == 2 and ran.stderr.startswith(f"dynnet: {said}") and ran.stderr.count("\n") == 1


def test_a_package_that_is_missing_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "typer", None)
    monkeypatch.delitem(sys.modules, "dynnet.paper.cli", raising=False)  # as if nobody had imported it yet
    monkeypatch.delattr(dynnet.paper, "cli", raising=False)
    with pytest.raises(SystemExit) as exit_:
        main()
    said = "dynnet: the package 'typer' is missing: `make` installs it, or pip install -e \".[paper]\"\n"
    assert exit_.value.code == 2 and capsys.readouterr() == ("", said)
