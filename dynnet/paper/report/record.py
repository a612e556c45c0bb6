"""The record of a figure: picture, curves and every number its text claims, written together."""

import json
import math
import platform
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from dynnet.atomic import atomic_path
from dynnet.errors import DynnetError

RECORDED_PACKAGES = ("torch", "torchvision", "numpy", "scikit-image", "pillow")
DPI = 120


@dataclass(frozen=True)
class Claim:
    """A statement with the number that decides it.

    Attributes:
        id: short name, unique within the figure.
        claim: the statement, in words.
        where: section or figure of the paper.
        value: what was measured.
        band: [low, high] within which the statement holds; None for an open side.
        why: what explains a failure; kept only with one.
    """

    id: str
    claim: str
    where: str
    value: float
    band: tuple[float | None, float | None]
    why: str = ""

    @property
    def holds(self) -> bool:
        low, high = self.band
        return (low is None or self.value >= low) and (high is None or self.value <= high)

    def as_json(self) -> dict[str, Any]:
        entry = {**asdict(self), "band": list(self.band), "holds": self.holds}
        return {key: value for key, value in entry.items() if key != "why" or not self.holds}


class ClaimTable(pd.DataFrame):
    """A table that a notebook shows with its sentences in full and its numbers to four digits."""

    def _repr_html_(self) -> str | None:
        with pd.option_context("display.max_colwidth", None, "display.float_format", "{:.4g}".format):
            return super()._repr_html_()


@dataclass
class FigureRecord:
    """Collects what a notebook measured and writes figN.png, figN.csv and figN.json.

    Args:
        figure: `fig3`.
        profile, seed: of the recipe.
        where: the place in the paper that most claims are from.
        checkpoints: {network name: sha256}.
        data: {"name", "count"} of the pictures measured on.
        claims: what `claim` has added.
        numbers: whatever else figN.json is to hold; JSON.
        started: when the measuring began, in seconds of `time.perf_counter`.
    """

    figure: str
    profile: str
    seed: int
    where: str
    checkpoints: Mapping[str, str]
    data: Mapping[str, Any]
    claims: list[Claim] = field(default_factory=list)
    numbers: dict[str, Any] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)

    def claim(
        self,
        id: str,
        claim: str,
        value: float,
        low: float | None = None,
        high: float | None = None,
        where: str = "",
        why: str = "",
    ) -> Claim:
        """Adds a claim; `where` defaults to the record's. `why` is kept only where the claim fails.

        Raises:
            DynnetError: the id is taken, or the value is no finite number.
        """
        if any(c.id == id for c in self.claims):
            raise DynnetError(f"claim {id!r} needs an id of its own, there is one already; rename one of the two")
        if not math.isfinite(value):
            raise DynnetError(f"claim {id!r} needs a number to decide it, a finite value, got {value}; measure again")
        made = Claim(id, claim, where or self.where, float(value), (low, high), why)
        self.claims.append(made)
        return made

    def table(self) -> ClaimTable:
        """The claims as a table for the reader; the open side of a band is empty."""
        rows = [(c.claim, c.where, c.value, *map(_bound, c.band), c.holds) for c in self.claims]
        return ClaimTable(rows, columns=["claim", "where", "value", "low", "high", "holds"])

    def save(self, folder: Path, figure: Figure, curves: pd.DataFrame) -> tuple[str, ...]:
        """Writes the three files into `folder`, each complete or not at all; returns their names in it.

        Raises:
            DynnetError: the folder cannot be written.
        """
        content = {
            "figure": self.figure,
            "profile": self.profile,
            "seed": self.seed,
            "seconds": round(time.perf_counter() - self.started, 1),
            "date": datetime.now(UTC).date().isoformat(),
            "checkpoints": dict(self.checkpoints),
            "data": dict(self.data),
            "versions": {"python": platform.python_version()} | {p: version(p) for p in RECORDED_PACKAGES},
            "claims": [claim.as_json() for claim in self.claims],
            **self.numbers,
        }
        paths = [Path(folder) / f"{self.figure}.{suffix}" for suffix in ("png", "csv", "json")]
        with atomic_path(paths[0]) as png, atomic_path(paths[1]) as csv, atomic_path(paths[2]) as text:
            figure.savefig(png, dpi=DPI, bbox_inches="tight")
            curves.to_csv(csv, index=False, float_format="%.6g")
            text.write_text(json.dumps(content, indent=2) + "\n")
        return tuple(path.name for path in paths)


def _bound(value: float | None) -> float | str:
    return "" if value is None else value
