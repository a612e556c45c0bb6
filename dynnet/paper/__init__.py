"""The reproduction of the paper, from a checkout: `paper.load("fig3").dynamic["blocks"]` is a trained Dynamic-Net."""

from typing import TYPE_CHECKING, Any

from dynnet.paper.locations import check_checkout
from dynnet.paper.process import settle

if TYPE_CHECKING:
    from dynnet.paper.run import load

__all__ = ["load"]

settle()  # here, where every way in passes


def __getattr__(name: str) -> Any:
    """`load`, imported when it is asked for: the method does without what it needs."""
    if name != "load":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    check_checkout()  # before what a wheel does without is imported
    from dynnet.paper.run import load

    return load
