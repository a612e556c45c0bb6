"""Attribute expressions mean what Python would make of them, and nothing else is one."""

import ast

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from dynnet.errors import DynnetError
from dynnet.paper.faces.attributes import parse

LOGIC = (ast.Expression, ast.BoolOp, ast.boolop, ast.UnaryOp, ast.Not, ast.Name, ast.Load)
WORDS = ["Male", "Bald", "and", "or", "not", "(", ")", "&"]
NAMES = ["Black_Hair", "Male", "Bald", "or_so", "notable"]

gaps = st.text(" \t\n", min_size=1, max_size=2)
# Python cannot end in a line break, nor have one outside of brackets: `eval` gets the whole in brackets.
expressions = st.recursive(
    st.sampled_from(NAMES),
    lambda inner: st.one_of(
        st.tuples(inner, gaps, st.sampled_from(["and", "or"]), gaps, inner).map("".join),
        st.tuples(st.just("not"), gaps, inner).map("".join),
        st.tuples(st.just("("), st.sampled_from(["", " "]), inner, st.just(")")).map("".join),
    ),
    max_leaves=12,
)
tables = arrays(bool, st.tuples(st.integers(0, 8), st.just(len(NAMES)))).map(lambda v: pd.DataFrame(v, columns=NAMES))


@pytest.fixture
def table() -> pd.DataFrame:
    return pd.DataFrame({"Male": [True, True, False, False], "5_o_Clock_Shadow": [True, False, True, False]})


@given(expressions, tables)
def test_means_what_it_means_in_python(expression: str, table: pd.DataFrame) -> None:
    fits = parse(expression).matches(table)
    assert fits.dtype == np.bool_ and fits.shape == (len(table),)
    wanted = [eval(f"({expression})", {}, row) for row in table.to_dict("records")]
    assert fits.tolist() == wanted


@given(expressions)
def test_knows_its_text_and_its_names(expression: str) -> None:
    parsed = parse(expression)
    assert parsed.text == expression
    words = expression.replace("(", " ").replace(")", " ").split()
    assert parsed.names == tuple(dict.fromkeys(word for word in words if word in NAMES))


def means_something_in_python(text: str) -> bool:
    """Whether Python reads names, `and`, `or` and `not` in it, and nothing else."""
    try:
        nodes = list(ast.walk(ast.parse(text.strip(), mode="eval")))
    except SyntaxError:
        return False
    return all(isinstance(node, LOGIC) for node in nodes)


@given(st.text(alphabet="AB ()&!andort", max_size=20) | st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join))
def test_anything_else_is_refused_in_one_line(text: str) -> None:
    if means_something_in_python(text):
        assert parse(text).text == text
        return
    with pytest.raises(DynnetError) as caught:
        parse(text)
    assert str(caught.value).startswith(f"attributes {text!r}: expected ") and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("expression", "fits"),
    [
        ("Male", [1, 1, 0, 0]),
        ("5_o_Clock_Shadow", [1, 0, 1, 0]),
        ("not Male and 5_o_Clock_Shadow", [0, 0, 1, 0]),
        ("not (Male and 5_o_Clock_Shadow)", [0, 1, 1, 1]),
        ("not not Male", [1, 1, 0, 0]),
        ("Male or 5_o_Clock_Shadow and not Male", [1, 1, 1, 0]),
        ("(Male or 5_o_Clock_Shadow) and not Male", [0, 0, 1, 0]),
        ("Male and(not(5_o_Clock_Shadow))", [0, 1, 0, 0]),
    ],
)
def test_not_binds_before_and_before_or(table: pd.DataFrame, expression: str, fits: list[int]) -> None:
    assert parse(expression).matches(table).tolist() == [bool(fit) for fit in fits]


def test_matching_changes_nothing_and_gives_an_array_of_its_own(table: pd.DataFrame) -> None:
    before = table.copy()
    for expression in ("Male", "not Male", "Male or Male"):
        fits = parse(expression).matches(table)
        assert not np.shares_memory(fits, table["Male"].to_numpy())
    pd.testing.assert_frame_equal(table, before)


@pytest.mark.parametrize(
    ("expression", "said"),
    [
        ("", "expected an attribute, 'not' or '(', got the end"),
        ("  ", "expected an attribute, 'not' or '(', got the end"),
        ("Male or", "expected an attribute, 'not' or '(', got the end"),
        ("Male or or Bald", "expected an attribute, 'not' or '(', got 'or' at character 9"),
        ("and Male", "expected an attribute, 'not' or '(', got 'and' at character 1"),
        ("()", "expected an attribute, 'not' or '(', got ')' at character 2"),
        ("Male Bald", "expected 'and', 'or' or the end, got 'Bald' at character 6"),
        ("Male not Bald", "expected 'and', 'or' or the end, got 'not' at character 6"),
        ("Male OR Bald", "expected 'and', 'or' or the end, got 'OR' at character 6"),
        ("Male & Bald", "expected 'and', 'or' or the end, got '&' at character 6"),
        ("Male) or Bald", "expected 'and', 'or' or the end, got ')' at character 5"),
        ("(Male or Bald", "expected 'and', 'or' or ')', got the end"),
        ("(Male Bald)", "expected 'and', 'or' or ')', got 'Bald' at character 7"),
        ("-Male", "expected an attribute, 'not' or '(', got '-' at character 1"),
        ("Härte", "expected 'and', 'or' or the end, got 'ä' at character 2"),
    ],
)
def test_syntax_errors_show_the_place(expression: str, said: str) -> None:
    with pytest.raises(DynnetError) as caught:
        parse(expression)
    assert str(caught.value).startswith(f"attributes {expression!r}: {said}; write them like ")


def test_the_depth_has_an_end(table: pd.DataFrame) -> None:
    assert parse("(" * 50 + "Male" + ")" * 50).matches(table).tolist() == [True, True, False, False]
    assert parse("(Male) or " * 5_000 + "not " * 5_001 + "Male").matches(table).all()
    with pytest.raises(DynnetError, match=r"expected at most 50 brackets inside each other, got '\(' at character 51;"):
        parse("(" * 10_000 + "Male" + ")" * 10_000)


def test_unknown_attributes_are_named_beside_the_known(table: pd.DataFrame) -> None:
    with pytest.raises(DynnetError) as caught:
        parse("Male and (Blnd_Hair or not Hat or Blnd_Hair)").matches(table)
    assert "expected names among Male, 5_o_Clock_Shadow, got Blnd_Hair, Hat; correct" in str(caught.value)
    assert "'Male and (Blnd_Hair or not Hat or Blnd_Hair)'" in str(caught.value)


@pytest.mark.parametrize("values", [[0, 1], [-1, 1], [0.0, 1.0], ["0", "1"]])
def test_only_booleans_are_matched(values: list) -> None:
    with pytest.raises(DynnetError, match="expected columns of booleans, got Male as"):
        parse("not Male").matches(pd.DataFrame({"Bald": [True, False], "Male": values}))
