"""The parts of explorers: only the latest move counts."""

import asyncio

from dynnet.widgets import LatestWins


def test_latest_wins_drops_what_was_overtaken():
    seen = []

    async def moves():
        latest = LatestWins(seen.append)
        for value in range(5):
            latest(value)
        await asyncio.sleep(0.05)
        latest(9)
        await asyncio.sleep(0.05)

    asyncio.run(moves())
    assert seen == [4, 9]


def test_latest_wins_works_at_once_without_an_event_loop():
    seen = []
    LatestWins(seen.append)(3)
    assert seen == [3]
