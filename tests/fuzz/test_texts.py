"""Damaged recipes, attribute tables and records: read, or refused in a line."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dynnet.paper.faces.attributes import parse
from dynnet.paper.faces.tables import read_attributes
from dynnet.paper.locations import FIGURES, PROJECT
from dynnet.paper.recipe import PROFILES, load_recipe
from dynnet.paper.report.claims import read_record
from dynnet.paper.report.tables import status_table
from tests.fuzz.mutations import damaged, edited, reworded
from tests.fuzz.trial import Tally, budget
from tests.paper.faces.test_tables import SEPARATORS, written
from tests.tiny import TINY

RECIPES, TABLES, RECORDS, EXPRESSIONS = map(Tally, ("recipes", "attribute tables", "records", "attribute expressions"))
TOMLS = [TINY, *sorted((PROJECT / "dynnet" / "paper").glob("*/*.toml"))]
JSONS = sorted(FIGURES.glob("fig*.json"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


@budget(60, 600)
@given(st.data())
def test_damaged_recipes(folder: Path, data: st.DataObject) -> None:
    source = data.draw(st.sampled_from(TOMLS))
    text, path = source.read_text(encoding="utf-8"), folder / source.name
    if "application =" not in text and source is not TINY:
        text = f'application = "{source.parent.name}"\n{text}'
    if data.draw(st.integers(0, 2)):
        path.write_text(data.draw(reworded(text)), encoding="utf-8")
    else:
        path.write_bytes(data.draw(damaged(text.encode())))
    style = data.draw(st.sampled_from([None, None, Path("a.jpg")]))
    precision = data.draw(st.sampled_from(["", "", "bf16-mixed", "x"]))
    RECIPES.tried(lambda: load_recipe(path, data.draw(st.sampled_from(PROFILES)), style, precision))


@budget(60, 600)
@given(st.data())
def test_damaged_attribute_tables(folder: Path, data: st.DataObject) -> None:
    separator = SEPARATORS[data.draw(st.sampled_from(sorted(SEPARATORS)))]
    text = written(separator, data.draw(st.sampled_from(["0", "-1"])), data.draw(st.booleans()), "file")
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1"]))
    path = folder / "table"
    path.write_bytes(data.draw(damaged(text.encode(encoding))))
    table = TABLES.tried(lambda: read_attributes(path))
    if table is not None:
        assert (table.dtypes == np.bool_).all() and table.index.is_unique and table.columns.is_unique and len(table)


@budget(40, 300)
@given(st.data())
def test_damaged_records(folder: Path, data: st.DataObject) -> None:
    source = data.draw(st.sampled_from(JSONS))
    content, path = source.read_bytes(), folder / source.name
    if data.draw(st.booleans()):
        content = json.dumps(data.draw(edited(json.loads(content)))).encode()
    else:
        content = data.draw(damaged(content))
    path.write_bytes(content)
    RECORDS.tried(lambda: status_table([read_record(path)]))


@budget(40, 300)
@given(st.data())
def test_damaged_attribute_expressions(data: st.DataObject) -> None:
    words = st.sampled_from(["and", "or", "not", "(", ")", "Male", "Bald", " ", "é", "0", "&", "()", "\n", "((((((((("])
    EXPRESSIONS.tried(lambda: parse(" ".join(data.draw(st.lists(words | st.text(max_size=3), max_size=200)))))
