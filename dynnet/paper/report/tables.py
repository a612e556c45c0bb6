"""Tables of what is reproduced: one row per claim, and one per figure, from the records."""

from collections.abc import Mapping, Sequence

import pandas as pd

from dynnet.paper.report.claims import UNKNOWN, Record
from dynnet.paper.report.figures import MadeFigure

COLUMNS = ("figure", "claim", "where", "verdict", "number", "band", "checkpoint", "minutes", "date")
TOLD = ("figure", "claim", "where", "verdict", "number", "band")  # what docs/claims.md shows of them
_NAMED = 2  # claims that fail, of a figure, in a table with a row for each figure


def status_table(records: Sequence[Record]) -> pd.DataFrame:
    """One row per claim, in the records' order; its columns are `COLUMNS`, all of them text but the minutes."""
    rows = [
        (
            record.figure,
            claim.text,
            claim.where,
            record.verdict(claim),
            claim.number,
            claim.band,
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


def as_text(table: pd.DataFrame) -> str:
    """The table for a terminal, under one heading per figure."""
    blocks = []
    for figure, rows in table.groupby("figure", sort=False):
        first = rows.iloc[0]
        heading = f"{figure}: {first.minutes:g} minutes, date {first.date}, checkpoints {first.checkpoint}"
        claims = [f"  {row.verdict:12}{row.number:>9}  {row.band:16}{row.claim}" for row in rows.itertuples()]
        blocks.append("\n".join([heading, *claims]))
    return "\n\n".join([*blocks, summary(table)])


def claims_markdown(records: Sequence[Record]) -> str:
    """Every claim, and under the table why those that do not hold fail."""
    table = status_table(records)
    made = [
        f"- {record.figure}: profile {record.profile}, measured on {record.data.get('name', UNKNOWN)} "
        f"({record.data.get('count', UNKNOWN)}), in {record.seconds / 60:.1f} minutes"
        f"{f' on {record.day.isoformat()}' if record.day else ''}, checkpoints {record.checkpoint}"
        for record in records
    ]
    failed = [
        f"- {record.figure}, {claim.text}: {claim.why or 'no reason is known'}."
        for record in records
        for claim in record.claims
        if not claim.holds
    ]
    return "\n".join(
        [
            summary(table),
            "",
            markdown(TOLD, table[list(TOLD)].to_numpy().tolist()),
            "",
            *(["What does not hold, and why:", "", *failed, ""] if failed else []),
            "How each figure was measured:",
            "",
            *made,
        ]
    )


def figures_markdown(figures: Sequence[MadeFigure], records: Mapping[str, Record], notebooks: str) -> str:
    """One row per figure: its title, its notebook (below the folder `notebooks`), and one verdict."""
    rows = [
        (
            figure.title,
            f"[{figure.notebook.stem}]({notebooks}/{figure.notebook.name})",
            verdict(records.get(figure.name)),
        )
        for figure in figures
    ]
    return markdown(("figure", "notebook", "claims that hold"), rows)


def verdict(record: Record | None) -> str:
    """9 of 9, scaled down; or: 9 of 10, scaled down. **Not:** the claim that fails

    Of more than two that fail the first two are named, and the others counted.
    """
    if record is None or not record.claims:
        return "a drawing: nothing is measured" if record is None else "no claims"
    scale = "reproduced" if record.profile == "paper" else "scaled down"
    failed = [claim.text for claim in record.claims if not claim.holds]
    named = "; ".join(failed[:_NAMED]) + (f"; and {len(failed) - _NAMED} more" if len(failed) > _NAMED else "")
    return f"{record.held} of {len(record.claims)}, {scale}" + (f". **Not:** {named}" if named else "")


def markdown(columns: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    return "\n".join(map(_row, [columns, ["---"] * len(columns), *rows]))


def _row(cells: Sequence[object]) -> str:
    return "| " + " | ".join(str(cell).replace("|", r"\|") for cell in cells) + " |"
