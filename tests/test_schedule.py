"""Training numbers out of range are refused."""

import pytest

from dynnet.adversarial.settings import AdversarialSettings
from dynnet.errors import DynnetError
from dynnet.schedule import Schedule

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("numbers", [Schedule, AdversarialSettings])
@pytest.mark.parametrize(
    "wrong", [{"steps": 0}, {"steps": -1}, {"rate": 0}, {"rate": -1e-3}, {"rate": NAN}, {"rate": INF}, {"clip": -1}]
)
def test_numbers_out_of_range_are_refused(numbers: type[Schedule], wrong: dict) -> None:
    with pytest.raises(DynnetError, match="expected steps >= 1, rate > 0 and clip >= 0, got"):
        numbers(**{"steps": 10, "rate": 1e-3, "one_cycle": False} | wrong)


def test_a_one_cycle_that_is_too_short_is_refused() -> None:
    with pytest.raises(DynnetError, match="at least 8 steps, got 7"):
        Schedule(7, 0.1)
    assert Schedule(1, 0.1, one_cycle=False).steps == 1
