"""The benchmark's clock, and that the whole table can be made."""

import time

import pytest

from dynnet.paper.bench import bench, seconds


def test_actions_take_turns_and_each_gets_its_own_median():
    turns = []
    quick, slow = seconds(lambda: turns.append("a"), lambda: (turns.append("b"), time.sleep(0.01)), repeats=3)
    assert turns == ["a", "b"] * 4
    assert slow >= 0.01 > quick


@pytest.mark.slow
def test_every_row_has_a_positive_value():
    table = bench(repeats=3)
    assert (table.value > 0).all()
    assert table.ratio.dropna().gt(0).all()
