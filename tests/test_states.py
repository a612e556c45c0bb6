"""The file that a killed training goes on from is whole, or the one before it."""

import resource
from pathlib import Path

import pytest
import torch
from torch import nn

from dynnet.errors import DynnetError
from dynnet.schedule import Schedule
from dynnet.states import FitReport, resumed, save_state

SCHEDULE = Schedule(10, 1e-3)


def test_every_report_starts_empty_with_a_history_of_its_own() -> None:
    FitReport().history.append({"step": 25})
    assert FitReport() == FitReport(0, 0.0, [])


def test_what_was_saved_comes_back_with_the_random_numbers(tmp_path: Path) -> None:
    state, module, report = tmp_path / "a" / "state", nn.Linear(2, 2), FitReport(3, 0.5, [{"step": 3, "total": 1.0}])
    save_state(state, {"module": module}, SCHEDULE, report)
    expected, again = torch.rand(3), nn.Linear(2, 2)
    assert resumed(state, {"module": again}, SCHEDULE) == report
    assert torch.equal(again.weight, module.weight) and torch.equal(torch.rand(3), expected)


def test_a_full_disk_is_said_in_one_line_and_the_last_state_stays(tmp_path: Path) -> None:
    state = tmp_path / "state"
    save_state(state, {"module": nn.Linear(2, 2)}, SCHEDULE, FitReport(1))
    whole, limits = state.read_bytes(), resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(whole), limits[1]))  # no file may grow larger
    try:
        with pytest.raises(DynnetError, match=r"cannot write .*state: .*free some space") as caught:
            save_state(state, {"module": nn.Linear(99, 99)}, SCHEDULE, FitReport(2))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "\n" not in str(caught.value)
    assert state.read_bytes() == whole and [path.name for path in tmp_path.iterdir()] == ["state"]


def test_a_resumed_training_computes_with_as_many_threads_as_before_and_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        save_state(tmp_path / "state", {}, SCHEDULE, FitReport(1))
        torch.set_num_threads(1)
        resumed(tmp_path / "state", {}, SCHEDULE)
        assert torch.get_num_threads() == 3
        assert "goes on with 3 threads, as it began, and not with 1" in caplog.text
    finally:
        torch.set_num_threads(before)
