"""The record of a figure: picture, curves and every number its text claims, written together."""

import json
import platform
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
from IPython.display import Markdown
from matplotlib.figure import Figure

from dynnet.atomic import atomic_path
from dynnet.errors import DynnetError
from dynnet.paper.report import sentences
from dynnet.paper.report.claims import Claim, Measured, measured

RECORDED_PACKAGES = ("torch", "torchvision", "numpy", "scikit-image", "pillow")
DPI = 120


class ClaimTable(pd.DataFrame):
    """A table that a notebook shows with its sentences in full and its numbers to four digits."""

    def _repr_html_(self) -> str | None:
        with pd.option_context("display.max_colwidth", None, "display.float_format", "{:.4g}".format):
            return super()._repr_html_()


@dataclass
class FigureRecord:
    """Collects what a notebook measured and writes NAME.png, NAME.csv and NAME.json.

    Args:
        figure: `fig3`.
        declared: the figure's claims, each of which must get its number.
        profile, seed: of the recipe.
        checkpoints: {network name: sha256}.
        data: {"name", "count"} of the pictures measured on.
        claims: what `claim` has measured, by id.
        numbers: whatever else NAME.json is to hold; JSON.
        started: when the measuring began, in seconds of `time.perf_counter`.
    """

    figure: str
    declared: tuple[Claim, ...]
    profile: str
    seed: int
    checkpoints: Mapping[str, str]
    data: Mapping[str, Any]
    claims: dict[str, Measured] = field(default_factory=dict)
    numbers: dict[str, Any] = field(default_factory=dict)
    started: float = field(default_factory=time.perf_counter)

    def claim(self, id: str, value: float, spread: Iterable[float] | None = None) -> Measured:
        """Gives a declared claim its number.

        Args:
            spread: the lowest and highest value over seeds, where there were several.

        Raises:
            DynnetError: no such claim is declared, it has its number already, or the value is no finite number.
        """
        found = [claim for claim in self.declared if claim.id == id]
        if not found:
            there = ", ".join(claim.id for claim in self.declared) or "none"
            raise DynnetError(
                f"{self.figure} declares no claim {id!r}; there are {there}. Declare it in the recipe, under "
                "[[claims]], before it is measured"
            )
        if id in self.claims:
            raise DynnetError(f"claim {id!r} of {self.figure} has its number already; measure it once")
        self.claims[id] = measured(found[0], value, spread)
        return self.claims[id]

    def measure(self, numbers: Mapping[str, float], seeds: pd.DataFrame | None = None) -> None:
        """Gives every claim that `numbers` names its number; whatever else they hold is no claim.

        Args:
            seeds: the same from other seeds, a row each and a column per claim: then a claim's number is the mean, and
                carries its range.

        Raises:
            DynnetError: what `claim` raises.
        """
        for id in (claim.id for claim in self.declared if claim.id in numbers):
            if seeds is None or seeds.empty:
                self.claim(id, numbers[id])
            else:
                each = [float(numbers[id]), *seeds[id].astype(float)]
                self.claim(id, sum(each) / len(each), (min(each), max(each)))

    def holds(self, *ids: str) -> bool:
        """Whether all of these claims hold.

        Raises:
            DynnetError: one has no number yet.
        """
        if without := [id for id in ids if id not in self.claims]:
            raise DynnetError(f"{self.figure}: {', '.join(without)} have no number yet; measure before you speak")
        return all(self.claims[id].holds for id in ids)

    def say(self, text: str, /, **values: object) -> Markdown:
        """A piece of Markdown with the claims' numbers, and further values, filled in; see `sentences.filled`.

        Raises:
            DynnetError: the text names a claim that has no number yet.
        """
        return sentences.say(text, **{**self.claims, **values})

    def table(self) -> ClaimTable:
        """The claims that have a number, as a table for the reader; the open side of a band is empty.

        Where some were measured from several seeds, a column has the range.
        """
        measured = [self.claims[claim.id] for claim in self.declared if claim.id in self.claims]
        bands = [["" if bound is None else bound for bound in (c.at_least, c.at_most)] for c in measured]
        rows = [(c.text, c.where, c.value, *band, c.holds) for c, band in zip(measured, bands, strict=True)]
        table = ClaimTable(rows, columns=["claim", "where", "value", "at least", "at most", "holds"])
        if any(c.spread for c in measured):
            table.insert(3, "over seeds", ["{:.3g} to {:.3g}".format(*c.spread) if c.spread else "" for c in measured])
        return table

    def save(self, folder: Path, figure: Figure, curves: pd.DataFrame) -> tuple[str, ...]:
        """Writes the three files into `folder`, each complete or not at all; returns their names in it.

        Raises:
            DynnetError: a declared claim has no number; the folder cannot be written.
        """
        if without := [claim.id for claim in self.declared if claim.id not in self.claims]:
            raise DynnetError(
                f"{self.figure} declares {', '.join(without)} and no number was measured for it; measure it, or take "
                "the claim out of the recipe"
            )
        content = {
            "figure": self.figure,
            "profile": self.profile,
            "seed": self.seed,
            "seconds": round(time.perf_counter() - self.started, 1),
            "date": datetime.now(UTC).date().isoformat(),
            "checkpoints": dict(self.checkpoints),
            "data": dict(self.data),
            "versions": {"python": platform.python_version()} | {p: version(p) for p in RECORDED_PACKAGES},
            "claims": [self.claims[claim.id].as_json() for claim in self.declared],
            **self.numbers,
        }
        paths = [Path(folder) / f"{self.figure}.{suffix}" for suffix in ("png", "csv", "json")]
        with atomic_path(paths[0]) as png, atomic_path(paths[1]) as csv, atomic_path(paths[2]) as text:
            figure.savefig(png, dpi=DPI, bbox_inches="tight")
            curves.to_csv(csv, index=False, float_format="%.6g")
            text.write_text(json.dumps(content, indent=2) + "\n")
        return tuple(path.name for path in paths)
