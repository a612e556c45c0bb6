"""What a training leaves in the manifest besides its weights."""

import pytest

from dynnet.paper.trainer import CURVE, curve


@pytest.mark.parametrize("entries", [1, CURVE - 1, CURVE, CURVE + 1, 10 * CURVE + 7])
def test_a_curve_is_short_ends_where_the_training_did_and_keeps_its_mean(entries: int) -> None:
    history = [{"step": 25 * (k + 1), "total": 100.0 / (k + 1), "style": 1.0} for k in range(entries)]
    points = curve(history)
    assert 1 <= len(points) <= CURVE and points[-1][0] == 25 * entries
    steps, totals = zip(*points, strict=True)
    assert list(steps) == sorted(set(steps)) and list(totals) == sorted(totals, reverse=True)
    if entries % len(points) == 0:
        mean = sum(entry["total"] for entry in history) / entries
        assert sum(totals) / len(points) == pytest.approx(mean, abs=1e-4)


def test_what_minimises_no_total_has_no_curve() -> None:
    assert curve([{"step": 25, "generator": 1.0}]) == [] and curve([]) == []
