"""Two storeys, and applications side by side: imports point downwards only."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import dynnet

ROOT = Path(dynnet.__file__).parent
MODULES = {".".join(["dynnet", *path.relative_to(ROOT).with_suffix("").parts]): path for path in ROOT.rglob("*.py")}
MODULES = {name.removesuffix(".__init__"): path for name, path in MODULES.items()}
APPLICATIONS = sorted(path.parent.name for path in ROOT.glob("paper/*/recipe.py"))
# nothing below imports them
ENTRANCES = {f"dynnet.paper.{name}" for name in ("__main__", "cli", "bench", "bench_rendering", "busy")}


@cache
def imports(name: str) -> frozenset[str]:
    """All modules that a module imports anywhere in its text, in functions too; of ours the module and not its name."""
    found = set()
    for node in ast.walk(ast.parse(MODULES[name].read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} imports relatively"
            found |= {
                f"{node.module}.{alias.name}" if f"{node.module}.{alias.name}" in MODULES else node.module
                for alias in node.names
            }
    return frozenset(found)


def ours() -> Iterator[tuple[str, str]]:
    """(importer, imported), modules of the package only."""
    for name in MODULES:
        for other in imports(name):
            if other.split(".")[0] == "dynnet":
                yield name, other


def application_of(module: str) -> str | None:
    parts = module.split(".")
    return parts[2] if parts[:2] == ["dynnet", "paper"] and len(parts) > 2 and parts[2] in APPLICATIONS else None


def test_there_is_something_to_test() -> None:
    assert {"style", "faces", "completion"} <= set(APPLICATIONS) and len(list(ours())) > 100


def test_the_method_knows_nothing_of_the_paper() -> None:
    upwards = [(a, b) for a, b in ours() if b.startswith("dynnet.paper") and not a.startswith("dynnet.paper")]
    assert not upwards


def test_an_application_may_rest_on_another_and_that_one_not_on_it() -> None:
    pairs = {(application_of(a), application_of(b)) for a, b in ours()}
    between = {(a, b) for a, b in pairs if a and b and a != b}
    assert ("completion", "faces") in between  # whose classifier judges what is completed, as in Figure 7
    graph = {a: {b for one, b in between if one == a} for a, _ in between}
    TopologicalSorter(graph).prepare()  # raises at a circle


def test_what_applications_share_knows_none_of_them() -> None:
    shared = [(a, b) for a, b in ours() if application_of(b) and not application_of(a) and a not in ENTRANCES]
    assert not shared


def test_nothing_rests_on_an_entrance() -> None:
    assert not [(a, b) for a, b in ours() if b in ENTRANCES and a not in ENTRANCES]


@pytest.mark.parametrize("room", ["data", "show"])
def test_data_and_show_stand_below_recipes_and_reports(room: str) -> None:
    above = ("recipe", "recipe_base", "run", "trainer", "trained", "report")
    rooms = [(a, b) for a, b in ours() if a.startswith(f"dynnet.paper.{room}.")]
    assert rooms and not [(a, b) for a, b in rooms if b.removeprefix("dynnet.paper.").split(".")[0] in above]


def test_no_module_is_below_itself() -> None:
    graph: dict[str, set[str]] = {name: set() for name in MODULES}
    for name, other in ours():
        if name != "dynnet.paper" and other != name:  # its face hands on `load` from above
            graph[name].add(other)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"imports in a circle: {' -> '.join(error.args[1])}")


# dynnet[onnx]: a room of its own, which nothing of the method imports
OF_AN_EXTRA = {"dynnet.onnx": {"numpy", "onnx", "onnxruntime", "onnxscript"}}


def test_the_method_needs_torch_and_safetensors_only() -> None:
    standard = {*sys.stdlib_module_names, "dynnet"}
    needed = {
        other.split(".")[0]
        for name in MODULES
        if not name.startswith(("dynnet.paper", "dynnet.onnx"))  # which have extras of their own
        for other in imports(name)
        if other.split(".")[0] not in standard | allowed(name)
    }
    assert needed == {"torch", "safetensors"}


@pytest.mark.parametrize("room", OF_AN_EXTRA)
def test_nothing_of_the_method_rests_on_the_room_of_an_extra(room: str) -> None:
    assert not [(a, b) for a, b in ours() if b.startswith(room) and not a.startswith((room, "dynnet.paper"))]


def allowed(name: str) -> set[str]:
    """What a module may import because it is in the room of an extra."""
    return set().union(*(packages for room, packages in OF_AN_EXTRA.items() if name.startswith(room)))


def test_the_method_is_imported_without_the_paper_and_has_a_dozen_names() -> None:
    code = (
        "import sys, dynnet; print(*(m for m in sys.modules if m.startswith(('dynnet.paper', 'pydantic', 'pandas'))))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT.parent)
    assert not answer.stdout.strip()
    assert len(dynnet.__all__) <= 15 and all(hasattr(dynnet, name) for name in dynnet.__all__)
