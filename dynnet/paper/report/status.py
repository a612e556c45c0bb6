"""What is reproduced: one row per claim, read from the records figures/figN.json."""

import hashlib
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dynnet.errors import DynnetError
from dynnet.paper.report.record import Claim

COLUMNS = ("figure", "claim", "verdict", "number", "band", "checkpoint", "minutes", "date")
BEGIN, END = "<!-- status:begin -->", "<!-- status:end -->"
UNKNOWN = "-"  # what a record does not say

Verdict = Literal["reproduced", "scaled down", "not"]


class Record(BaseModel):
    """One figN.json, as far as the table and the report need it; see `FigureRecord.save` for the whole."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    figure: str = Field(pattern=r"^fig\d+$")
    profile: str
    seconds: float = Field(ge=0)
    day: date | None = Field(None, alias="date")  # records from before it was kept have none
    checkpoints: dict[str, str]
    data: dict[str, Any]
    claims: list[Claim]

    @property
    def number(self) -> int:
        return figure_number(self.figure)

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

    def verdict(self, claim: Claim) -> Verdict:
        """Only the paper's own scale reproduces a claim; on a smaller one it holds scaled down."""
        if not claim.holds:
            return "not"
        return "reproduced" if self.profile == "paper" else "scaled down"


def figure_number(figure: str) -> int:
    """fig10 -> 10"""
    return int(figure.removeprefix("fig"))


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
    """All records of a folder, by the number of their figure.

    Raises:
        DynnetError: there are none, or one is damaged.
    """
    records = [read_record(path) for path in sorted(Path(folder).glob("fig*.json"))]
    if not records:
        raise DynnetError(f"expected records fig*.json in {folder}/, got none; make them: make reproduce")
    return sorted(records, key=lambda record: record.number)


def band_text(band: tuple[float | None, float | None]) -> str:
    """(None, 0.08) -> at most 0.08"""
    low, high = band
    if low is not None and high is not None:
        return f"{low:g} to {high:g}"
    if low is not None:
        return f"at least {low:g}"
    return f"at most {high:g}" if high is not None else "any"


def number_text(value: float) -> str:
    """A measured number, to three digits."""
    return f"{value:.3g}"


def status_table(records: Sequence[Record]) -> pd.DataFrame:
    """One row per claim, in the records' order; its columns are `COLUMNS`."""
    rows = [
        (
            record.figure,
            claim.claim,
            record.verdict(claim),
            claim.value,
            band_text(claim.band),
            record.checkpoint,
            round(record.seconds / 60, 1),
            record.day.isoformat() if record.day else UNKNOWN,
        )
        for record in records
        for claim in record.claims
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def summary(table: pd.DataFrame) -> str:
    """34 of 36 claims hold: 0 reproduced, 34 scaled down, 2 not."""
    counts = {verdict: int((table.verdict == verdict).sum()) for verdict in ("reproduced", "scaled down", "not")}
    said = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    return f"{len(table) - counts['not']} of {len(table)} claims hold: {said}."


def as_markdown(table: pd.DataFrame) -> str:
    """The table for the README, under its summary."""
    lines = [summary(table), "", _markdown_row(COLUMNS), _markdown_row(["---"] * len(COLUMNS))]
    return "\n".join([*lines, *map(_markdown_row, _texts(table))])


def as_text(table: pd.DataFrame) -> str:
    """The table for a terminal, under one heading per figure."""
    blocks = []
    for figure, rows in table.groupby("figure", sort=False):
        first = rows.iloc[0]
        heading = f"{figure}: {first.minutes:g} minutes, date {first.date}, checkpoints {first.checkpoint}"
        claims = [f"  {text[2]:12}{text[3]:>9}  {text[4]:16}{text[1]}" for text in _texts(rows)]
        blocks.append("\n".join([heading, *claims]))
    return "\n\n".join([*blocks, summary(table)])


def with_table(text: str, table: pd.DataFrame) -> str:
    """A page with the table of now between its two markers.

    Raises:
        DynnetError: the page does not have each marker once, in their order.
    """
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end) or BEGIN in rest or END in before + after:
        raise DynnetError(f"expected {BEGIN} and then {END} once each in the page; put them where the table belongs")
    return f"{before}{BEGIN}\n{as_markdown(table)}\n{END}{after}"


def _texts(table: pd.DataFrame) -> list[list[str]]:
    shown = table.assign(number=table.number.map(number_text), minutes=table.minutes.map("{:g}".format))
    return shown.to_numpy().tolist()


def _markdown_row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"
