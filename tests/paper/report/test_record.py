"""The record of a figure: every declared claim gets one number, and three files are there together."""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest
from matplotlib.figure import Figure
from PIL import Image

from dynnet.errors import DynnetError
from dynnet.paper.report.claims import Claim, read_record
from dynnet.paper.report.record import FigureRecord

CURVES = pd.DataFrame({"setting": [0.0, 1.0], "content": [0.1, 0.123456789], "style": [2e-5, 1e-7]})
DECLARED = (
    Claim(figure="fig9", id="a", text="first", where="4.1", at_least=0, why="not needed"),
    Claim(figure="fig9", id="b", text="second", where="ours", at_most=2, why="too small"),
)


@pytest.fixture
def record() -> FigureRecord:
    return FigureRecord("fig9", DECLARED, "smoke", 3, {"main": "ab" * 32}, {"name": "noise", "count": 4})


def save(record: FigureRecord, folder: Path, size: tuple[int, int] = (2, 1)) -> list[Path]:
    return [folder / name for name in record.save(folder, Figure(figsize=size), CURVES)]


def test_a_number_without_a_claim_is_refused(record: FigureRecord) -> None:
    with pytest.raises(DynnetError, match=r"fig9 declares no claim 'c'; there are a, b\. Declare it in the recipe"):
        record.claim("c", 1)
    assert not record.claims


def test_a_claim_without_a_number_keeps_the_record_from_being_saved(record: FigureRecord, tmp_path: Path) -> None:
    record.claim("a", 1)
    with pytest.raises(DynnetError, match="fig9 declares b and no number was measured"):
        save(record, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_claim_is_measured_once(record: FigureRecord) -> None:
    record.claim("a", 1)
    with pytest.raises(DynnetError, match="has its number already"):
        record.claim("a", 2)
    assert record.claims["a"].value == 1


def test_many_numbers_at_once_are_taken_by_those_who_declared_them(record: FigureRecord) -> None:
    record.measure({"b": 1, "distances": [1, 2]})
    assert {id: claim.value for id, claim in record.claims.items()} == {"b": 1}


def test_of_several_seeds_a_claim_carries_mean_and_range(record: FigureRecord) -> None:
    seeds = pd.DataFrame({"a": [2.0, 6.0], "b": [1.0, 2.0]}, index=[1, 2])
    record.measure({"a": 1, "b": 3, "distances": [1, 2]}, seeds)
    found = {id: (claim.value, claim.spread) for id, claim in record.claims.items()}
    assert found == {"a": (3, (1, 6)), "b": (2, (1, 3))}
    assert record.table()["over seeds"].tolist() == ["1 to 6", "1 to 3"]
    assert record.holds("b")  # by its mean


def test_without_other_seeds_a_claim_has_its_own_number_alone(record: FigureRecord) -> None:
    record.measure({"a": 1, "b": 3}, pd.DataFrame(columns=["a", "b"]))
    assert {id: (claim.value, claim.spread) for id, claim in record.claims.items()} == {"a": (1, None), "b": (3, None)}


def test_claims_hold_together_or_not(record: FigureRecord) -> None:
    record.claim("a", 1)
    assert record.holds("a")
    with pytest.raises(DynnetError, match="b have no number yet"):
        record.holds("a", "b")
    record.claim("b", 3)
    assert not record.holds("a", "b")


def test_the_table_shows_every_claim_in_the_order_of_the_recipe(record: FigureRecord) -> None:
    record.measure({"b": 5, "a": 1})
    table = record.table()
    assert table["claim"].tolist() == ["first", "second"] and table["holds"].tolist() == [True, False]
    assert table["where"].tolist() == ["4.1", "ours"]
    assert table["at least"].tolist() == [0, ""] and table["at most"].tolist() == ["", 2]
    assert "over seeds" not in table


def test_a_notebook_shows_whole_claims_and_short_numbers() -> None:
    sentence = "many words " * 20 + "& the last one"
    declared = (Claim(figure="fig9", id="a", text=sentence, where="4.1", at_most=200),)
    record = FigureRecord("fig9", declared, "smoke", 0, {}, {})
    record.claim("a", 0.123456789)
    width = pd.get_option("display.max_colwidth")
    html = record.table()._repr_html_()
    assert f"<td>{sentence.replace('&', '&amp;')}</td>" in html
    assert "<td>0.1235</td>" in html and "<td>200</td>" in html and "NaN" not in html
    assert pd.get_option("display.max_colwidth") == width


def test_sentences_take_the_claims_numbers(record: FigureRecord) -> None:
    record.measure({"a": 1.25, "b": 3})
    said = record.say("{a:.1f} {b:held|failed} {steps}", steps=7)
    assert said.data == "1.2 failed 7"


def test_three_files_say_what_was_measured(record: FigureRecord, tmp_path: Path) -> None:
    record.claim("a", 1, spread=(0.5, 2))
    record.claim("b", 5)
    record.numbers["area"] = 1.5
    before = datetime.now(UTC).date()
    paths = save(record, tmp_path / "figures")
    assert [path.name for path in paths] == ["fig9.png", "fig9.csv", "fig9.json"]
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == ["fig9.csv", "fig9.json", "fig9.png"]
    assert Image.open(paths[0]).format == "PNG"
    pd.testing.assert_frame_equal(pd.read_csv(paths[1]), CURVES, rtol=1e-5, check_dtype=False)
    found = json.loads(paths[2].read_text())
    assert found["figure"] == "fig9" and found["profile"] == "smoke" and found["seed"] == 3 and found["area"] == 1.5
    assert found["checkpoints"] == {"main": "ab" * 32} and found["data"] == {"name": "noise", "count": 4}
    assert before <= date.fromisoformat(found["date"]) <= datetime.now(UTC).date()
    assert found["seconds"] >= 0 and {"python", "torch", "numpy"} <= found["versions"].keys()
    assert [claim["holds"] for claim in found["claims"]] == [True, False]
    assert "why" not in found["claims"][0] and found["claims"][1]["why"] == "too small"


def test_what_is_saved_is_read_back(record: FigureRecord, tmp_path: Path) -> None:
    record.claim("a", 1, spread=(0.5, 2))
    record.claim("b", 5)
    read = read_record(save(record, tmp_path)[2])
    kept = {"a": {"why": ""}, "b": {}}  # the reason of a failure only
    assert read.claims == tuple(claim.model_copy(update=kept[id]) for id, claim in record.claims.items())


def test_a_save_that_fails_keeps_the_files_of_before(record: FigureRecord, tmp_path: Path) -> None:
    record.measure({"a": 1, "b": 2})
    paths = save(record, tmp_path)
    before = [path.read_bytes() for path in paths]
    record.numbers["oops"] = object()  # no JSON
    with pytest.raises(TypeError):
        save(record, tmp_path, (1, 1))
    assert [path.read_bytes() for path in paths] == before
    assert len(list(tmp_path.iterdir())) == 3


def test_a_folder_that_cannot_be_written(record: FigureRecord, tmp_path: Path) -> None:
    record.measure({"a": 1, "b": 2})
    (tmp_path / "file").touch()
    with pytest.raises(DynnetError, match="cannot write"):
        save(record, tmp_path / "file" / "figures")
