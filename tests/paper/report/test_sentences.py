"""Sentences: numbers and verbs are filled in, and a sentence that asks for what is not there fails."""

import numpy as np
import pytest

from dynnet.errors import DynnetError
from dynnet.paper.report.claims import Claim, Measured, measured
from dynnet.paper.report.sentences import filled, say


def lead(value: float) -> Measured:
    return measured(Claim(figure="fig9", id="lead", text="x", where="y", at_least=1), value)


def test_numbers_take_the_formats_of_python() -> None:
    values = {"lead": lead(1.234), "steps": 5000, "name": "red", "ends": np.array([0.25, 0.5])}
    said = filled("{lead:.2f} {steps:,} {name} {ends[1]:.0%} {{kept}}", values)
    assert said == "1.23 5,000 red 50% {kept}"


@pytest.mark.parametrize(("value", "said"), [(1.2, "it wins by 1.2"), (0.9, "it loses, at 0.90, to the other")])
def test_the_verb_changes_when_the_claim_fails(value: float, said: str) -> None:
    assert filled("it {lead:wins by {lead:.1f}|loses, at {lead:.2f}, to the other}", {"lead": lead(value)}) == said


@pytest.mark.parametrize("true", [True, np.True_])
def test_a_truth_value_chooses_too(true: object) -> None:
    assert filled("{it:is|is not}", {"it": true}) == "is"
    assert filled("{it:is|is not}", {"it": not true}) == "is not"


def test_the_indentation_of_the_code_is_no_part_of_the_text() -> None:
    assert say("\n    - one\n      more\n    - two\n    ").data == "- one\n  more\n- two"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{gone:.2f}", "asks for 'gone' and there is no number of that name; there are lead, steps"),
        ("{steps:yes|no}", "chooses between two words by a claim or a truth value, got 5"),
        ("{lead:a|b|c}", "chooses between two words"),
        ("{lead", "correct its braces"),
        ("{lead:.2q}", "correct its braces"),
        ("{steps[0]}", "correct its braces"),
        ("{}", "correct its braces"),
    ],
)
def test_a_sentence_that_cannot_be_said_is_one_line(text: str, said: str) -> None:
    with pytest.raises(DynnetError) as error:
        filled(text, {"lead": lead(1), "steps": 5})
    assert said in str(error.value) and "\n" not in str(error.value)
