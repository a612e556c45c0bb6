"""Mixtures say which styles take part, and refuse what is none."""

import pytest
import torch

from dynnet.errors import DynnetError
from dynnet.paper.style.baselines.mixtures import between, mixture, shares, style_keys

STYLES = ("wave", "mosaic", "woodcut")


def test_a_name_is_all_of_that_style() -> None:
    assert shares("mosaic", STYLES) == {"mosaic": 1.0}
    assert shares(7, range(26)) == {7: 1.0}


def test_styles_at_zero_take_no_part_and_others_may_be_walked_past() -> None:
    assert shares({"wave": 0, "mosaic": 1}, STYLES) == {"mosaic": 1.0}
    assert shares({"wave": 1.5, "woodcut": -0.5}, STYLES) == {"wave": 1.5, "woodcut": -0.5}
    assert shares(dict.fromkeys(STYLES, 1 / 3), STYLES) == dict.fromkeys(STYLES, 1 / 3)  # up to rounding


@pytest.mark.parametrize("mixture", ["night", {"wave": 0.5, "night": 0.5}, {"night": 0.0, "wave": 1.0}])
def test_an_unknown_style_lists_the_styles(mixture: str | dict) -> None:
    with pytest.raises(DynnetError, match=r"no style 'night'; there are wave, mosaic, woodcut"):
        shares(mixture, STYLES)
    with pytest.raises(DynnetError, match=r"no style 26; there are 0, 1, .*, 25"):
        shares(26, range(26))


@pytest.mark.parametrize("weights", [{"wave": 0.5}, {"wave": 1, "mosaic": 1}, {}, {"wave": float("nan")}])
def test_weights_that_do_not_sum_to_1_are_refused(weights: dict) -> None:
    with pytest.raises(DynnetError, match="the weights of a mixture sum to 1, got"):
        shares(weights, STYLES)


def test_a_line_between_two_styles() -> None:
    assert between("wave", "mosaic", 0.25) == {"wave": 0.75, "mosaic": 0.25}
    assert between("wave", "mosaic", -0.5) == {"wave": 1.5, "mosaic": -0.5}
    with pytest.raises(DynnetError, match="between two styles, got 'wave' twice"):
        between("wave", "wave", 0.5)


def test_styles_are_stored_under_names_that_modules_can_have() -> None:
    module = torch.nn.ModuleDict({key: torch.nn.Identity() for key in style_keys(["a.b", "keys", "forward"]).values()})
    assert len(module) == 3


@pytest.mark.parametrize("styles", [["a", "b", "a"], ["a.b", "a__b"]])
def test_two_styles_of_one_name_are_refused(styles: list[str]) -> None:
    with pytest.raises(DynnetError, match=r"styles need names of their own .* got a"):
        style_keys(styles)


def test_mixture_asks_for_both_styles_by_their_shares():
    asked, x = [], torch.rand(1, 3, 4, 4)
    render = mixture(lambda x, shares: asked.append(shares) or x, "a", "b")(x)
    assert torch.equal(render(0.25), x)
    assert asked == [{"a": 0.75, "b": 0.25}]
