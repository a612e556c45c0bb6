"""Numbers of networks trained from other seeds, which do not ship: measured once, by docs/seeds/measure.py."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from dynnet.paper.locations import PROJECT

MEASURED = PROJECT / "docs" / "seeds"


def other_seeds(figure: str, data: Mapping[str, Any], size: int) -> pd.DataFrame:
    """A row per seed, a column per claim; no row where they were measured on other pictures than these.

    Args:
        data: {"name", "count"} of the pictures that the shipped networks are measured on.
        size: of these pictures, in pixels.
    """
    table = pd.read_csv(MEASURED / f"{figure}.csv")
    alike = (table["data"] == data["name"]) & (table["count"] == data["count"]) & (table["size"] == size)
    return table[alike].drop(columns=["data", "count", "size"]).set_index("seed")
