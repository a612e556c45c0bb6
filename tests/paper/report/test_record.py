"""The record of a figure: claims that are checked, and three files that are there together."""

import json
import math
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from dynnet.errors import DynnetError
from dynnet.paper.report.record import FigureRecord

CURVES = pd.DataFrame({"setting": [0.0, 1.0], "content": [0.1, 0.123456789], "style": [2e-5, 1e-7]})


@pytest.fixture
def record() -> FigureRecord:
    return FigureRecord(
        figure="fig9",
        profile="smoke",
        seed=3,
        where="section 4.1",
        checkpoints={"main": "ab" * 32},
        data={"name": "noise", "count": 4},
    )


@pytest.mark.parametrize(
    ("value", "low", "high", "holds"),
    [
        *[(0, 0, 2, True), (1, 0, 2, True), (2, 0, 2, True), (-1, 0, 2, False), (3, 0, 2, False)],
        *[(9, 0, None, True), (-1, 0, None, False), (-9, None, 1, True), (2, None, 1, False), (5, None, None, True)],
    ],
)
def test_a_claim_holds_within_its_band(
    record: FigureRecord, value: float, low: float | None, high: float | None, holds: bool
) -> None:
    assert record.claim("it", "it is so", value, low, high, why="because").holds is holds


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_claim_needs_a_number(record: FigureRecord, value: float) -> None:
    with pytest.raises(DynnetError, match=r"claim 'it' needs .* a finite value"):
        record.claim("it", "it is so", value)
    assert record.claims == []


def test_a_claim_needs_an_id_of_its_own(record: FigureRecord) -> None:
    record.claim("it", "it is so", 1)
    with pytest.raises(DynnetError, match="needs an id of its own"):
        record.claim("it", "another", 2)
    assert len(record.claims) == 1


def test_the_table_shows_every_claim(record: FigureRecord) -> None:
    record.claim("a", "first", 1, low=0)
    record.claim("b", "second", 5, high=2, where="figure 3", why="too small")
    table = record.table()
    assert table["claim"].tolist() == ["first", "second"] and table["holds"].tolist() == [True, False]
    assert table["where"].tolist() == ["section 4.1", "figure 3"]


def test_the_table_has_no_entry_for_an_open_side(record: FigureRecord) -> None:
    record.claim("a", "first", 1, low=0.25)
    record.claim("b", "second", 5, high=2)
    table = record.table()
    assert table["low"].tolist() == [0.25, ""] and table["high"].tolist() == ["", 2]


def test_a_notebook_shows_whole_claims_and_short_numbers(record: FigureRecord) -> None:
    sentence = "many words " * 20 + "& the last one"
    record.claim("a", sentence, 0.123456789, high=200)
    width = pd.get_option("display.max_colwidth")
    html = record.table()._repr_html_()
    assert f"<td>{sentence.replace('&', '&amp;')}</td>" in html
    assert "<td>0.1235</td>" in html and "<td>200</td>" in html and "NaN" not in html
    assert pd.get_option("display.max_colwidth") == width


def test_three_files_say_what_was_measured(record: FigureRecord, tmp_path: Path) -> None:
    record.claim("a", "holds", 1, low=0, why="not needed")
    record.claim("b", "fails", 5, high=2, why="too small")
    record.numbers["area"] = 1.5
    before = datetime.now(UTC).date()
    names = record.save(tmp_path / "figures", Figure(figsize=(2, 1)), CURVES)
    assert names == ("fig9.png", "fig9.csv", "fig9.json")
    paths = [tmp_path / "figures" / name for name in names]
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == ["fig9.csv", "fig9.json", "fig9.png"]
    assert Image.open(paths[0]).format == "PNG"
    pd.testing.assert_frame_equal(pd.read_csv(paths[1]), CURVES, rtol=1e-5, check_dtype=False)
    found = json.loads(paths[2].read_text())
    assert found["figure"] == "fig9" and found["profile"] == "smoke" and found["seed"] == 3 and found["area"] == 1.5
    assert found["checkpoints"] == {"main": "ab" * 32} and found["data"] == {"name": "noise", "count": 4}
    assert before <= date.fromisoformat(found["date"]) <= datetime.now(UTC).date()
    assert found["seconds"] >= 0 and {"python", "torch", "numpy"} <= found["versions"].keys()
    holds, fails = found["claims"]
    assert holds == {
        "id": "a", "claim": "holds", "where": "section 4.1", "value": 1.0, "band": [0, None], "holds": True
    }  # fmt: skip
    assert fails["holds"] is False and fails["why"] == "too small" and fails["band"] == [None, 2]


def test_a_save_that_fails_keeps_the_files_of_before(record: FigureRecord, tmp_path: Path) -> None:
    paths = [tmp_path / name for name in record.save(tmp_path, Figure(figsize=(2, 1)), CURVES)]
    before = [path.read_bytes() for path in paths]
    record.numbers["oops"] = object()  # no JSON
    with pytest.raises(TypeError):
        record.save(tmp_path, Figure(figsize=(1, 1)), CURVES)
    assert [path.read_bytes() for path in paths] == before
    assert len(list(tmp_path.iterdir())) == 3


def test_a_folder_that_cannot_be_written(record: FigureRecord, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DynnetError, match="cannot write"):
        record.save(tmp_path / "file" / "figures", Figure(), CURVES)
