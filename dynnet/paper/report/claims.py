"""Claims: declared in a recipe before they are measured, and kept with their numbers in the record of a figure."""

import hashlib
import json
import math
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from dynnet.errors import DynnetError
from dynnet.paper.report.figures import natural

UNKNOWN = "-"  # what a record does not say

Verdict = Literal["reproduced", "scaled down", "not"]


class Claim(BaseModel):
    """A statement with the band within which its number must lie, said before the number is known.

    Attributes:
        figure: whose record decides it; in a recipe, the recipe's own unless it names another.
        id: short name, unique within the figure.
        text: the statement, or what is measured, in words.
        where: section or figure of the paper; "ours" for a claim that is not the paper's.
        at_least, at_most: the band; one side may be open.
        why: what explains a failure that is known.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    figure: str = Field(pattern=r"^[\w-]+$")
    id: str = Field(pattern=r"^[A-Za-z_]\w*$")
    text: str = Field(min_length=1)
    where: str = Field(min_length=1)
    at_least: float | None = None
    at_most: float | None = None
    why: str = ""

    @model_validator(mode="after")
    def _can_hold(self) -> Self:
        low, high = self.at_least, self.at_most
        if low is None and high is None:
            raise ValueError(f"claim {self.id}: give it a band, at_least or at_most or both")
        if low is not None and high is not None and low > high:
            raise ValueError(f"claim {self.id}: at_least {low:g} is above at_most {high:g}, so no number can hold it")
        return self

    @property
    def band(self) -> str:
        """at most 0.08"""
        low, high = self.at_least, self.at_most
        if low is not None and high is not None:
            return f"{low:g} to {high:g}"
        return f"at most {high:g}" if low is None else f"at least {low:g}"


class Measured(Claim):
    """A claim with the number that decides it.

    Attributes:
        value: what was measured.
        spread: the lowest and highest of it over seeds, where there were several.
    """

    model_config = ConfigDict(extra="ignore")  # a record also says whether it holds, for those who read the file

    value: float
    spread: tuple[float, float] | None = None

    @property
    def holds(self) -> bool:
        low, high = self.at_least, self.at_most
        return (low is None or self.value >= low) and (high is None or self.value <= high)

    @property
    def number(self) -> str:
        """The value to three digits: 0.123, or 0.123 (0.119 to 0.13)"""
        spread = "" if self.spread is None else " ({:.3g} to {:.3g})".format(*self.spread)
        return f"{self.value:.3g}{spread}"

    def as_json(self) -> dict[str, Any]:
        """As the record keeps it; `why` only where it is needed."""
        left_out = {"figure"} | ({"why"} if self.holds or not self.why else set())
        return self.model_dump(mode="json", exclude=left_out, exclude_none=True) | {"holds": self.holds}


class Record(BaseModel):
    """One NAME.json, as far as tables and pages need it; see `FigureRecord.save` for the whole."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    figure: str = Field(pattern=r"^[\w-]+$")
    profile: str
    seconds: float = Field(ge=0)
    day: date | None = Field(None, alias="date")  # records from before it was kept have none
    checkpoints: dict[str, str]
    data: dict[str, Any]
    claims: tuple[Measured, ...]

    @model_validator(mode="before")
    @classmethod
    def _claims_are_of_the_figure(cls, content: Any) -> Any:
        if isinstance(content, dict) and isinstance(claims := content.get("claims"), list):
            named = [{"figure": content.get("figure"), **c} if isinstance(c, dict) else c for c in claims]
            return content | {"claims": named}
        return content

    @property
    def held(self) -> int:
        """How many claims hold."""
        return sum(claim.holds for claim in self.claims)

    @property
    def checkpoint(self) -> str:
        """One short hash for all checkpoints of the figure together."""
        if not self.checkpoints:
            return UNKNOWN
        return hashlib.sha256(json.dumps(self.checkpoints, sort_keys=True).encode()).hexdigest()[:8]

    def verdict(self, claim: Measured) -> Verdict:
        """Only the paper's own scale reproduces a claim; on a smaller one it holds scaled down."""
        if not claim.holds:
            return "not"
        return "reproduced" if self.profile == "paper" else "scaled down"


def measured(claim: Claim, value: float, spread: Iterable[float] | None = None) -> Measured:
    """A claim with its number.

    Raises:
        DynnetError: the number is not finite, or does not lie within its spread.
    """
    numbers = [float(value), *map(float, spread or ())]
    if not all(map(math.isfinite, numbers)):
        raise DynnetError(
            f"claim {claim.id!r} needs a number to decide it, a finite value, got {numbers}; measure again"
        )
    if spread is not None and not (len(numbers) == 3 and numbers[1] <= numbers[0] <= numbers[2]):
        raise DynnetError(f"claim {claim.id!r}: expected a value within its spread (low, high), got {numbers}")
    return Measured(**claim.model_dump(), value=numbers[0], spread=numbers[1:] or None)


def read_record(path: Path) -> Record:
    """One record, checked; whether a claim holds follows from its number and band.

    Raises:
        DynnetError: the file is missing, damaged, or no record of the figure that it is named after.
    """
    path = Path(path)
    advice = f"make it again: make reproduce-{path.stem}"
    try:
        record = Record.model_validate_json(path.read_bytes())
    except OSError as error:
        raise DynnetError(f"{path}: expected the record of a figure, got: {error.strerror}; {advice}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the file"
        raise DynnetError(f"{path}: expected the record of a figure, got {where}: {first['msg']}; {advice}") from error
    if record.figure != path.stem:
        raise DynnetError(f"{path}: expected the record of {path.stem}, got that of {record.figure}; {advice}")
    return record


def read_records(folder: Path) -> list[Record]:
    """All records of a folder, in the order of their figures.

    Raises:
        DynnetError: there are none, or one is damaged.
    """
    records = [read_record(path) for path in sorted(Path(folder).glob("*.json"))]
    if not records:
        raise DynnetError(f"expected records of figures, *.json, in {folder}/, got none; make them: make reproduce")
    return sorted(records, key=lambda record: natural(record.figure))
