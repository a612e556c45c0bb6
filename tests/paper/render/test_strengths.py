import pytest

from dynnet.errors import DynnetError
from dynnet.paper.render.strengths import evenly, strengths


@pytest.mark.parametrize(
    ("text", "at_start", "in_the_middle", "at_end"),
    [
        ("0.5", 0.5, 0.5, 0.5),
        ("-1e-1", -0.1, -0.1, -0.1),
        ("0..1", 0.0, 0.5, 1.0),
        ("-0.5..1.5", -0.5, 0.5, 1.5),
        ("0..1..0", 0.0, 1.0, 0.0),
        ("res3=1,out=-0.5", {"res3": 1.0, "out": -0.5}, {"res3": 1.0, "out": -0.5}, {"res3": 1.0, "out": -0.5}),
        ("a/res3=0..1, b=2", {"a/res3": 0.0, "b": 2.0}, {"a/res3": 0.5, "b": 2.0}, {"a/res3": 1.0, "b": 2.0}),
    ],
)
def test_one_strength_over_time(text: str, at_start: object, in_the_middle: object, at_end: object) -> None:
    (one,) = strengths(text)
    assert [one.at(time) for time in (0.0, 0.5, 1.0)] == [at_start, in_the_middle, at_end]
    assert one.moves == (at_start != in_the_middle)


def test_a_list_is_several_in_its_order_under_the_names_that_were_written() -> None:
    found = strengths("0, 0.25,1")
    assert [(one.text, one.at()) for one in found] == [("0", 0.0), ("0.25", 0.25), ("1", 1.0)]


def test_what_is_written_is_translated_number_by_number() -> None:
    (one,) = strengths("res3=0.5,out=0..1")
    assert one.at(0.5, steps=lambda t: t**2) == {"res3": 0.25, "out": 0.25}


ODD = "much|0,,1|0.5,0.5|1,1.0|res3=1,0.5|res3=|=1|res3=1,res3=2|inf|nan|0..inf|0..1,2|0..|..1|1..1|res3=1;out=2|"


@pytest.mark.parametrize("text", ODD.split("|"))
def test_anything_else_is_refused_with_the_forms(text: str) -> None:
    with pytest.raises(DynnetError, match=r"expected a number .* a list .* a ramp over time"):
        strengths(text)


def test_frames_spread_from_start_to_end() -> None:
    assert list(evenly(3)) == [0.0, 0.5, 1.0] and list(evenly(1)) == [0.0]
