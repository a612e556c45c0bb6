"""Each round visits every style once, in an order that is a function of the round."""

from collections import Counter

from dynnet.paper.style.baselines.rounds import style_at

STYLES = ("a", "b", "c", "d")


def rounds(count: int) -> list[tuple[str, ...]]:
    return [tuple(style_at(4 * turn + place, STYLES) for place in range(4)) for turn in range(count)]


def test_every_round_visits_every_style_once() -> None:
    assert all(sorted(visited) == sorted(STYLES) for visited in rounds(20))


def test_the_order_is_shuffled_evenly_and_the_same_every_time() -> None:
    found = rounds(200)
    assert found == rounds(200)
    assert len(set(found)) == 24  # all orders of four
    for place in range(4):
        assert all(30 <= count <= 70 for count in Counter(visited[place] for visited in found).values())


def test_a_step_does_not_need_those_before_it() -> None:
    forwards = [style_at(step, STYLES) for step in range(12)]
    assert [style_at(step, STYLES) for step in reversed(range(12))] == forwards[::-1]
    assert {style_at(step, ("only",)) for step in range(3)} == {"only"}
