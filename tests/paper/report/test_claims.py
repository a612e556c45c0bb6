"""Claims are declared with a band that can hold; records are read with every damage named."""

import math
from pathlib import Path

import pytest
from pydantic import ValidationError

from dynnet.errors import DynnetError
from dynnet.paper.report.claims import Claim, measured, read_record, read_records
from tests.paper.report.records import write_record


def claim(**band: object) -> Claim:
    return Claim(**{"figure": "fig9", "id": "it", "text": "it is so", "where": "4.1", **band})


@pytest.mark.parametrize(
    ("value", "low", "high", "holds"),
    [
        *[(0, 0, 2, True), (1, 0, 2, True), (2, 0, 2, True), (-1, 0, 2, False), (3, 0, 2, False)],
        *[(9, 0, None, True), (-1, 0, None, False), (-9, None, 1, True), (2, None, 1, False)],
    ],
)
def test_a_claim_holds_within_its_band(value: float, low: float | None, high: float | None, holds: bool) -> None:
    assert measured(claim(at_least=low, at_most=high), value).holds is holds


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"at_least": 2, "at_most": 1},
        {"at_least": math.nan},
        {"at_least": 1, "atmost": 2},
        {"at_least": 1, "text": ""},
        {"at_least": 1, "where": ""},
        {"at_least": 1, "id": "two words"},
        {"at_least": 1, "figure": "../fig9"},
    ],
)
def test_a_claim_that_no_number_could_decide_is_refused(wrong: dict) -> None:
    with pytest.raises(ValidationError):
        claim(**wrong)


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_claim_needs_a_number(value: float) -> None:
    with pytest.raises(DynnetError, match=r"claim 'it' needs .* a finite value"):
        measured(claim(at_least=0), value)


@pytest.mark.parametrize("spread", [(2, 3), (0, 0.5), (3, 0), (1,), (0, math.nan)])
def test_a_value_lies_within_its_spread(spread: tuple) -> None:
    assert measured(claim(at_least=0), 1.0, (0.5, 2)).number == "1 (0.5 to 2)"
    with pytest.raises(DynnetError, match="claim 'it'"):
        measured(claim(at_least=0), 1.0, spread)


@pytest.mark.parametrize(
    ("band", "text"),
    [
        ({"at_least": 1}, "at least 1"),
        ({"at_most": 0.08}, "at most 0.08"),
        ({"at_least": -1, "at_most": 2.5}, "-1 to 2.5"),
    ],
)
def test_bands_read_as_sentences(band: dict, text: str) -> None:
    assert claim(**band).band == text


def test_a_record_keeps_the_reason_of_a_failure_only() -> None:
    declared = claim(at_least=1, why="too small")
    assert measured(declared, 2).as_json() == {
        "id": "it", "text": "it is so", "where": "4.1", "at_least": 1.0, "value": 2.0, "holds": True
    }  # fmt: skip
    assert measured(declared, 0).as_json() | {"why": "too small", "holds": False} == measured(declared, 0).as_json()


@pytest.mark.parametrize(
    ("profile", "holds"), [("paper", "reproduced"), ("cpu", "scaled down"), ("smoke", "scaled down")]
)
def test_only_the_papers_scale_reproduces(tmp_path: Path, profile: str, holds: str) -> None:
    record = read_record(write_record(tmp_path, profile=profile))
    assert [record.verdict(claim) for claim in record.claims] == [holds, "not"] and record.held == 1


def test_the_verdict_follows_from_number_and_band_not_from_what_the_file_says(tmp_path: Path) -> None:
    wrong = {"id": "a", "text": "it is so", "where": "4.1", "value": 3.0, "at_least": 4, "holds": True}
    record = read_record(write_record(tmp_path, claims=[wrong]))
    assert record.verdict(record.claims[0]) == "not" and record.held == 0


def test_the_checkpoint_stands_for_all_of_the_figure_in_any_order(tmp_path: Path) -> None:
    def checkpoint(**checkpoints: str) -> str:
        return read_record(write_record(tmp_path, checkpoints=checkpoints)).checkpoint

    both = checkpoint(main="ab", blocks="cd")
    others = checkpoint(main="ab", blocks="ce"), checkpoint(main="ab"), checkpoint(main="cd", blocks="ab")
    assert len(both) == 8 and both == checkpoint(blocks="cd", main="ab")
    assert len({both, *others}) == 4
    assert checkpoint() == "-"


def test_records_in_the_order_of_their_figures_whatever_they_are_called(tmp_path: Path) -> None:
    for figure in ("fig10", "fig2", "11_a_stranger", "10_other_ways", "9_more", "tone"):
        write_record(tmp_path, figure)
    names = [record.figure for record in read_records(tmp_path)]
    assert names == ["fig2", "fig10", "9_more", "10_other_ways", "11_a_stranger", "tone"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file: Invalid JSON"),
        ("[1, 2]", "the file: Input should be "),
        ('{"figure": "fig9"}', "profile: Field required"),
        ('{"name": "package", "version": "1"}', "figure: Field required"),
        ("\x00\xff", "the file: Invalid JSON"),
    ],
)
def test_a_damaged_or_foreign_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "fig9.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(
        DynnetError, match=rf"fig9\.json: expected the record .* got {said}.*make reproduce-fig9"
    ) as error:
        read_records(tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "claims",
    [
        [{"id": "a"}],
        [{"id": "a", "text": "x", "where": "y", "value": float("nan"), "at_least": 1}],
        [{"id": "a", "text": "x", "where": "y", "value": 1}],
        ["a"],
        {"a": 1},
    ],
)
def test_a_claim_without_number_or_band_is_damage(tmp_path: Path, claims: object) -> None:
    with pytest.raises(DynnetError, match=r"got claims"):
        read_record(write_record(tmp_path, claims=claims))


def test_a_record_under_another_figures_name(tmp_path: Path) -> None:
    write_record(tmp_path, "fig9").rename(tmp_path / "fig3.json")
    with pytest.raises(DynnetError, match="expected the record of fig3, got that of fig9"):
        read_records(tmp_path)


def test_missing_records_are_said(tmp_path: Path) -> None:
    with pytest.raises(DynnetError, match=r"expected records of figures.* got none; make them: make reproduce"):
        read_records(tmp_path)
    with pytest.raises(DynnetError, match="No such file"):
        read_record(tmp_path / "fig9.json")
