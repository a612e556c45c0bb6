"""Where the method fails, on curves made by hand: straight lines in the log plane, one above the other."""

import numpy as np
import pandas as pd
import pytest

from dynnet.errors import DynnetError
from dynnet.paper.style.measures.limits import limit_numbers


def line(high: float, low: float, factor: float, stops: int = 11) -> pd.DataFrame:
    """From content loss `high` to `low`; style = factor / content."""
    content = np.geomspace(high, low, stops)
    return pd.DataFrame({"content": content, "style": factor / content})


RED, BLUE, GREEN = line(32, 8, 2), line(4, 32, 3), line(32, 1, 1)


def test_image_interpolation_that_is_ahead_everywhere() -> None:
    numbers = limit_numbers(RED, BLUE, GREEN, BLUE.iloc[[0, 5, 10]], content_of_c=4)
    assert numbers["failure"] == numbers["share_below_everywhere"] == 1 and numbers["medium_better"] == 0
    assert numbers["far"] == pytest.approx(2)
    assert numbers["medium_median"] == pytest.approx(0, abs=1e-9) and numbers["distances"] == [0, 0, 0]
    assert numbers["monotone"] == 0


def test_ahead_near_c_alone() -> None:
    flatter = pd.DataFrame({"content": [32.0, 1.0], "style": [2 / 16, 2 / 16]})  # crosses red at content 16
    numbers = limit_numbers(RED, BLUE, flatter, BLUE, content_of_c=4)
    assert numbers["failure"] == 1 and numbers["share_below_everywhere"] == pytest.approx(0.5, abs=0.02)


def test_blue_ahead_of_image_interpolation() -> None:
    assert limit_numbers(RED, line(4, 32, 0.5), GREEN, BLUE, content_of_c=4)["medium_better"] == 1


def test_distances_of_fixed_networks_from_blue() -> None:
    fixed = BLUE.iloc[[2, 5, 8]].assign(style=lambda t: t["style"] * [1, 10**0.1, 10**0.2])
    numbers = limit_numbers(RED, BLUE, GREEN, fixed, content_of_c=4)
    assert numbers["distances"] == pytest.approx([0, 0.1 / 2**0.5, 0.2 / 2**0.5], abs=1e-4)
    assert numbers["medium_median"] == pytest.approx(0.1 / 2**0.5)
    assert numbers["medium_largest"] == pytest.approx(0.2 / 2**0.5)


def test_steps_the_wrong_way_of_both_walks_are_counted() -> None:
    red, blue = RED.copy(), BLUE.copy()
    red.loc[5, "content"] = red.content[3]
    blue.loc[5, "content"] = blue.content[3]
    assert limit_numbers(red, blue, GREEN, BLUE, content_of_c=4)["monotone"] == 2


def test_walks_that_share_nothing_are_refused() -> None:
    with pytest.raises(DynnetError, match="share no range of content loss"):
        limit_numbers(line(320, 80, 2), BLUE, GREEN, BLUE, content_of_c=4)
