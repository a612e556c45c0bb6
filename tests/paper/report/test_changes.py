"""The largest change of a number against the record before, and whether the two compare."""

from pathlib import Path

import pytest

from dynnet.paper.report.changes import largest_change, other_measure
from dynnet.paper.report.claims import Record, read_record
from tests.paper.report.records import write_record


def record(folder: Path, values: dict[str, float], **changes: object) -> Record:
    bands = {"steps": {"at_most": 0}, "distance": {"at_most": 0.2}, "ratio": {"at_least": 1}}
    claims = [{"id": id, "text": id, "where": "4.1", "value": value, **bands[id]} for id, value in values.items()]
    return read_record(write_record(folder, claims=claims, **changes))


@pytest.mark.parametrize(
    ("id", "before", "after", "share", "unit"),
    [
        ("ratio", 4.0, 3.0, 0.25, "its value"),  # its value is the larger
        ("distance", 0.01, 0.05, 0.2, "its band"),  # a small number is not judged by its own size
        ("steps", 2, 3, 0.5, "its value"),
        ("steps", 0, 3, 3.0, "1"),  # neither has a size
    ],
)
def test_a_change_is_in_units_of_the_value_or_of_the_band(
    tmp_path: Path, id: str, before: float, after: float, share: float, unit: str
) -> None:
    change = largest_change(record(tmp_path, {id: before}), record(tmp_path, {id: after}))
    assert change.share == pytest.approx(share) and change.unit == unit
    assert f"{100 * share:.2g} % of {unit} ({id}, from {before:g} to {after:g})" in str(change)


def test_the_rounding_of_another_machine_is_next_to_nothing(tmp_path: Path) -> None:
    change = largest_change(record(tmp_path, {"ratio": 2.0}), record(tmp_path, {"ratio": 2.0 + 1e-7}))
    assert str(change) == "largest change below 0.01 % of its value (ratio, from 2 to 2)"


def test_the_largest_of_those_that_both_have(tmp_path: Path) -> None:
    before = record(tmp_path, {"ratio": 2.0, "distance": 0.1})
    after = record(tmp_path, {"ratio": 2.2, "distance": 0.18, "steps": 9})
    assert largest_change(before, after).id == "distance"
    assert largest_change(record(tmp_path, {"ratio": 2.0}), record(tmp_path, {"steps": 1})) is None


def test_no_change_is_said_so(tmp_path: Path) -> None:
    same = record(tmp_path, {"ratio": 2.0, "steps": 0})
    assert str(largest_change(same, same)) == "no number changed"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, ""),
        ({"profile": "paper"}, "profile paper and not cpu"),
        ({"checkpoints": {"main": "cd"}}, "other networks"),
        ({"data": {"name": "photos", "count": 9}}, "measured on 9 x photos and not 4 x noise"),
    ],
)
def test_records_of_other_things_say_that_they_do_not_compare(tmp_path: Path, changes: dict, said: str) -> None:
    assert other_measure(record(tmp_path, {}), record(tmp_path, {}, **changes)) == said
