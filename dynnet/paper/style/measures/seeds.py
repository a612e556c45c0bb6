"""What was measured once of networks trained from other seeds, which do not ship: by the scripts in docs/seeds."""

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from dynnet.paper.locations import PROJECT

MEASURED = PROJECT / "docs" / "seeds"
_POINT = ["setting", "content", "style"]
_ON = ["data", "count", "size"]  # what it was measured on


def other_seeds(figure: str, data: Mapping[str, Any], size: int) -> pd.DataFrame:
    """A row per seed, a column per claim; no row where they were measured on other pictures than these.

    Args:
        data: {"name", "count"} of the pictures that the shipped networks are measured on.
        size: of these pictures, in pixels.
    """
    return _on_these(figure, data, size).set_index("seed")


def other_walks(
    figure: str, there: Collection[str], data: Mapping[str, Any], size: int
) -> dict[str, list[pd.DataFrame]]:
    """{way: working points over alpha in [0, 1] of each seed that was measured once}, on these pictures or none.

    Args:
        there: names of networks that are at hand, and can be measured anew.
        data, size: as above.
    """
    found: dict[str, list[pd.DataFrame]] = {}
    for (way, network), points in _on_these(figure, data, size).groupby(["way", "network"], sort=False):
        if network not in there:
            found.setdefault(str(way), []).append(points[_POINT].reset_index(drop=True))
    return found


def _on_these(figure: str, data: Mapping[str, Any], size: int) -> pd.DataFrame:
    table = pd.read_csv(MEASURED / f"{figure}.csv")
    alike = (table["data"] == data["name"]) & (table["count"] == data["count"]) & (table["size"] == size)
    return table[alike].drop(columns=_ON)
