"""Status: one row per claim, with the verdict that its number, its band and its scale give it."""

from pathlib import Path

import pytest

from dynnet.errors import DynnetError
from dynnet.paper.locations import FIGURES, PROJECT
from dynnet.paper.report.status import (
    BEGIN,
    COLUMNS,
    END,
    as_markdown,
    as_text,
    band_text,
    read_record,
    read_records,
    status_table,
    summary,
    with_table,
)
from tests.paper.report.records import PROMISED_ON, write_record


def table_of(folder: Path, **changes: object):
    write_record(folder, **changes)
    return status_table(read_records(folder))


def test_a_row_per_claim_in_the_order_of_the_figures(tmp_path: Path) -> None:
    for figure in ("fig10", "fig2", "fig9"):
        write_record(tmp_path, figure)
    table = status_table(read_records(tmp_path))
    assert tuple(table.columns) == COLUMNS
    assert table.figure.tolist() == ["fig2", "fig2", "fig9", "fig9", "fig10", "fig10"]
    assert table.iloc[0].tolist()[1:5] == ["first", "scaled down", 0.12345, "at most 0.2"]
    assert set(table.minutes) == {1.5} and set(table.date) == {"2026-02-03"}


@pytest.mark.parametrize(
    ("profile", "holds"), [("paper", "reproduced"), ("cpu", "scaled down"), ("smoke", "scaled down")]
)
def test_only_the_papers_scale_reproduces(tmp_path: Path, profile: str, holds: str) -> None:
    assert table_of(tmp_path, profile=profile).verdict.tolist() == [holds, "not"]


def test_the_verdict_follows_from_number_and_band_not_from_what_the_file_says(tmp_path: Path) -> None:
    claim = {"id": "a", "claim": "it is so", "where": "4.1", "value": 3.0, "band": [4, None], "holds": True}
    assert table_of(tmp_path, claims=[claim]).verdict.tolist() == ["not"]


def test_a_record_from_before_dates_were_kept_says_so(tmp_path: Path) -> None:
    assert set(table_of(tmp_path, date=None).date) == {"-"}


def test_the_checkpoint_stands_for_all_of_the_figure_in_any_order(tmp_path: Path) -> None:
    def checkpoint(**checkpoints: str) -> str:
        return read_record(write_record(tmp_path, checkpoints=checkpoints)).checkpoint

    both = checkpoint(main="ab", blocks="cd")
    assert len(both) == 8 and both == checkpoint(blocks="cd", main="ab")
    assert (
        len({both, checkpoint(main="ab", blocks="ce"), checkpoint(main="ab"), checkpoint(main="cd", blocks="ab")}) == 4
    )
    assert checkpoint() == "-"


@pytest.mark.parametrize(
    ("band", "text"),
    [((1, None), "at least 1"), ((None, 0.08), "at most 0.08"), ((-1, 2.5), "-1 to 2.5"), ((None, None), "any")],
)
def test_bands_read_as_sentences(band: tuple, text: str) -> None:
    assert band_text(band) == text


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "the file: Invalid JSON"),
        ("[1, 2]", "the file: Input should be an object"),
        ('{"figure": "fig9"}', "profile: Field required"),
        ('{"name": "package", "version": "1"}', "figure: Field required"),
        ("\x00\xff", "the file: Invalid JSON"),
    ],
)
def test_a_damaged_or_foreign_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "fig9.json"
    path.write_text(text, encoding="latin-1")
    with pytest.raises(
        DynnetError, match=rf"fig9\.json: expected the record .* got {said}.*make reproduce-fig9"
    ) as error:
        read_records(tmp_path)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "claims", [[{"id": "a"}], [{"id": "a", "claim": "", "where": "", "value": float("nan"), "band": [1, 2]}]]
)
def test_a_claim_without_a_number_is_damage(tmp_path: Path, claims: list) -> None:
    with pytest.raises(DynnetError, match=r"got claims\.0\.\w+: "):
        read_record(write_record(tmp_path, claims=claims))


def test_a_record_under_another_figures_name(tmp_path: Path) -> None:
    write_record(tmp_path, "fig9").rename(tmp_path / "fig3.json")
    with pytest.raises(DynnetError, match="expected the record of fig3, got that of fig9"):
        read_records(tmp_path)


def test_missing_records_are_said(tmp_path: Path) -> None:
    with pytest.raises(DynnetError, match=r"expected records fig\*\.json in .*, got none; make them: make reproduce"):
        read_records(tmp_path)
    with pytest.raises(DynnetError, match="No such file"):
        read_record(tmp_path / "fig9.json")


def test_the_summary_counts_every_verdict(tmp_path: Path) -> None:
    write_record(tmp_path, "fig2", profile="paper")
    assert summary(table_of(tmp_path)) == "2 of 4 claims hold: 1 reproduced, 1 scaled down, 2 not."


def test_markdown_keeps_a_bar_within_its_cell(tmp_path: Path) -> None:
    table = table_of(tmp_path)
    hash_ = table.checkpoint[0]
    assert as_markdown(table).splitlines()[2:] == [
        "| figure | claim | verdict | number | band | checkpoint | minutes | date |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
        f"| fig9 | first | scaled down | 0.123 | at most 0.2 | {hash_} | 1.5 | 2026-02-03 |",
        rf"| fig9 | a \| b | not | 3 | at least 4 | {hash_} | 1.5 | 2026-02-03 |",
    ]


def test_text_has_a_heading_per_figure_and_aligned_claims(tmp_path: Path) -> None:
    write_record(tmp_path, "fig2")
    lines = as_text(table_of(tmp_path)).splitlines()
    assert [line.split(":")[0] for line in lines if line.startswith("fig")] == ["fig2", "fig9"]
    first, second = lines[1:3]
    assert first.index("first") == second.index("a | b") and first.index("at most") == second.index("at least")
    assert lines[-1] == "2 of 4 claims hold: 0 reproduced, 2 scaled down, 2 not."


def test_the_table_takes_the_place_between_the_markers_and_no_other(tmp_path: Path) -> None:
    table = table_of(tmp_path)
    page = with_table(f"before\n{BEGIN}\nold\n{END}\nafter\n", table)
    assert page == f"before\n{BEGIN}\n{as_markdown(table)}\n{END}\nafter\n"
    assert with_table(page, table) == page


@pytest.mark.parametrize("page", ["", BEGIN, END, f"{END} {BEGIN}", f"{BEGIN} {BEGIN} {END}", f"{BEGIN} {END} {END}"])
def test_a_page_without_its_two_markers(tmp_path: Path, page: str) -> None:
    with pytest.raises(DynnetError, match="once each in the page"):
        with_table(page, table_of(tmp_path))


def test_the_readme_has_the_table_of_the_figures_that_ship() -> None:
    records = read_records(FIGURES)
    if any(record.data["name"] != PROMISED_ON[record.figure] for record in records):
        pytest.skip("figures were made again here; the README's table is of those that ship")
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    assert with_table(readme, status_table(records)) == readme, "run: dynnet status --write-readme"
