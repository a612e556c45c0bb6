"""Work beside busy processes is measured in turns, each in a process of its own, and leaves none behind."""

import json
import subprocess
from collections.abc import Mapping
from types import SimpleNamespace

import pytest

from dynnet.paper import busy
from dynnet.paper.busy import Pace


class Processes:
    """Stands in for `subprocess.Popen` and remembers how many run."""

    running = 0

    def __init__(self, command: list[str]):
        assert command[-1] == "while True: pass"
        Processes.running += 1

    def kill(self) -> None:
        Processes.running -= 1

    def wait(self) -> None:
        pass


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """(setting, busy processes) of every measurement, in order; a step takes 10 ms for each process and number."""
    found: list[tuple[str, int]] = []

    def measured(variables: Mapping[str, str]) -> Pace:
        found.append((variables["name"], Processes.running))
        return Pace(10.0 * (1 + Processes.running) + len(found), 1.0, 2.0)

    monkeypatch.setattr(busy.subprocess, "Popen", Processes)
    monkeypatch.setattr(busy, "_WARM", 0.0)
    monkeypatch.setattr(busy, "_measured", measured)
    return found


def test_settings_and_busy_processes_take_turns_and_medians_are_of_each(seen: list[tuple[str, int]]) -> None:
    found = busy.paces([{"name": "a"}, {"name": "b"}], (0, 2), rounds=3)
    assert seen == [("a", 0), ("a", 2), ("b", 0), ("b", 2)] * 3
    assert [[pace.step for pace in row] for row in found] == [[10 + 5, 30 + 6], [10 + 7, 30 + 8]]  # the second of three


def test_busy_processes_end_though_the_measurement_fails(
    monkeypatch: pytest.MonkeyPatch, seen: list[tuple[str, int]]
) -> None:
    def fails(variables: Mapping[str, str]) -> Pace:
        raise subprocess.CalledProcessError(1, "python")

    monkeypatch.setattr(busy, "_measured", fails)
    with pytest.raises(subprocess.CalledProcessError):
        busy.paces([{"name": "a"}], (2,))
    assert Processes.running == 0


def test_a_setting_is_the_environment_of_the_process_and_nothing_else_of_openmp_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: dict[str, str] = {}

    def run(command: list[str], env: Mapping[str, str], **_: object) -> SimpleNamespace:
        given.update(env)
        return SimpleNamespace(stdout="a word\n" + json.dumps({"step": 3.0, "render": 2.0, "threads": 1}) + "\n")

    monkeypatch.setenv("OMP_WAIT_POLICY", "active")
    monkeypatch.setattr(busy.subprocess, "run", run)
    assert busy._measured({"GOMP_SPINCOUNT": "1000"}) == Pace(3.0, 2.0, 1)
    assert given["GOMP_SPINCOUNT"] == "1000" and "OMP_WAIT_POLICY" not in given and "OMP_NUM_THREADS" not in given


def test_the_table_has_a_row_for_each_setting_and_a_column_for_each_number_of_processes(
    seen: list[tuple[str, int]],
) -> None:
    head, *rows = busy.table({"one": {"name": "a"}, "other": {"name": "b"}}, rounds=1)
    assert [row[0] for row in rows] == ["one", "other"] and all(len(row) == len(head) for row in rows)
    assert [number for _, number in seen] == [0, 1, 2, 0, 1, 2]
    assert all("ms" not in cell and "(" in cell for row in rows for cell in row[1:4])
