"""Tables of what is reproduced: one row per claim or figure, with the verdict that its number gives it."""

from pathlib import Path

import pandas as pd

from dynnet.paper.report.claims import read_record, read_records
from dynnet.paper.report.figures import all_figures, all_notebooks
from dynnet.paper.report.tables import (
    COLUMNS,
    as_text,
    claims_markdown,
    figures_markdown,
    markdown,
    status_table,
    summary,
    verdict,
)
from tests.paper.report.records import CLAIMS, entry, write_notebook, write_record


def table_of(folder: Path, **changes: object) -> pd.DataFrame:
    write_record(folder, **changes)
    return status_table(read_records(folder))


def test_a_row_per_claim_in_the_order_of_the_figures(tmp_path: Path) -> None:
    for figure in ("fig10", "fig2", "10_other_ways"):
        write_record(tmp_path, figure)
    table = status_table(read_records(tmp_path))
    assert tuple(table.columns) == COLUMNS
    assert table.figure.tolist() == ["fig2", "fig2", "fig10", "fig10", "10_other_ways", "10_other_ways"]
    assert table.iloc[0].tolist()[1:6] == ["first", "4.1", "scaled down", "0.123", "at most 0.2"]
    assert set(table.minutes) == {1.5} and set(table.date) == {"2026-02-03"}


def test_a_record_from_before_dates_were_kept_says_so(tmp_path: Path) -> None:
    assert set(table_of(tmp_path, date=None).date) == {"-"}


def test_the_summary_counts_every_verdict(tmp_path: Path) -> None:
    write_record(tmp_path, "fig2", profile="paper")
    assert summary(table_of(tmp_path)) == "2 of 4 claims hold: 1 reproduced, 1 scaled down, 2 not."


def test_markdown_keeps_a_bar_within_its_cell() -> None:
    assert markdown(("a", "b"), [("x | y", 1)]) == "| a | b |\n| --- | --- |\n| x \\| y | 1 |"


def test_text_has_a_heading_per_figure_and_aligned_claims(tmp_path: Path) -> None:
    write_record(tmp_path, "fig2")
    lines = as_text(table_of(tmp_path)).splitlines()
    assert [line.split(":")[0] for line in lines if line.startswith("fig")] == ["fig2", "fig9"]
    first, second = lines[1:3]
    assert first.index("first") == second.index("a | b") and first.index("at most") == second.index("at least")
    assert lines[-1] == "2 of 4 claims hold: 0 reproduced, 2 scaled down, 2 not."


def test_every_claim_and_why_some_fail(tmp_path: Path) -> None:
    unexplained = [CLAIMS[0], {**CLAIMS[1], "why": ""}]
    write_record(tmp_path, "fig2", claims=unexplained)
    write_record(tmp_path, "fig9")
    said = claims_markdown(read_records(tmp_path))
    assert said.startswith("2 of 4 claims hold")
    assert "| fig9 | first | 4.1 | scaled down | 0.123 | at most 0.2 |" in said
    assert "- fig9, a | b: small." in said and "- fig2, a | b: no reason is known." in said
    assert "- fig9: profile cpu, measured on noise (4), in 1.5 minutes on 2026-02-03, checkpoints " in said


def test_where_all_claims_hold_no_failure_is_spoken_of(tmp_path: Path) -> None:
    write_record(tmp_path, claims=CLAIMS[:1])
    assert "does not hold" not in claims_markdown(read_records(tmp_path))


def test_one_verdict_per_figure(tmp_path: Path) -> None:
    assert verdict(read_record(write_record(tmp_path))) == "1 of 2, scaled down. **Not:** a | b"
    whole = read_record(write_record(tmp_path, claims=CLAIMS[:1], profile="paper"))
    assert verdict(whole) == "1 of 1, reproduced"
    assert verdict(None) == "a drawing: nothing is measured"
    failing = [CLAIMS[1] | {"id": f"c{number}", "text": f"claim {number}"} for number in range(4)]
    for count, named in ((2, "claim 0; claim 1"), (4, "claim 0; claim 1; and 2 more")):
        record = read_record(write_record(tmp_path, claims=failing[:count]))
        assert verdict(record) == f"0 of {count}, scaled down. **Not:** {named}"


def test_a_row_per_figure_with_its_notebook(tmp_path: Path) -> None:
    write_notebook(tmp_path / "00_start.ipynb", figures=entry("fig1") | entry("fig2", "png"))
    record = read_record(write_record(tmp_path, "fig1"))
    rows = figures_markdown(all_figures(all_notebooks(tmp_path)), {"fig1": record}, "notebooks").splitlines()
    assert rows[2] == r"| Title of fig1 | [00_start](notebooks/00_start.ipynb) | 1 of 2, scaled down. **Not:** a \| b |"
    assert rows[3] == "| Title of fig2 | [00_start](notebooks/00_start.ipynb) | a drawing: nothing is measured |"
