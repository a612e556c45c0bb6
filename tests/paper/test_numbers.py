"""The numbers of README.md and docs/ are what records, recipes and manifest say."""

import shutil
import subprocess

import pandas as pd
import pytest

from dynnet.errors import DynnetError
from dynnet.paper.locations import FIGURES, PROJECT
from dynnet.paper.numbers import DOCUMENTS, SPEED, parts, setting, setting_text
from dynnet.paper.report.documents import PART, generated
from tests.paper.report.records import write_record


def made_again_here() -> bool:
    """Whether the records differ from those that ship, which the documents are about."""
    if not (git := shutil.which("git")):
        return False
    asked = [git, "-C", str(PROJECT), "diff", "--quiet", "HEAD", "--", str(FIGURES)]
    return subprocess.run(asked, capture_output=True).returncode == 1


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(PROJECT).as_posix())
def test_every_document_says_what_is_on_record(path) -> None:
    if made_again_here():
        pytest.skip("figures were made again here; the documents are about those that ship")
    text = path.read_text("utf-8")
    assert PART.search(text) and generated(text, parts()) == text, "run: dynnet status --write"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        *[(5000, "5,000"), (16, "16"), (0, "0"), (50.0, "50"), (0.5, "0.5"), (2.0, "2"), (-1, "-1")],
        *[(0.003, "3·10⁻³"), (6e-5, "6·10⁻⁵"), (1e-3, "10⁻³"), (2e4, "2·10⁴"), (1e6, "10⁶"), (0.05, "0.05")],
        *[("vgg16", "vgg16"), ((0.5, 1.0), "(0.5, 1.0)")],
    ],
)
def test_a_setting_reads_as_people_write_it(value: object, text: str) -> None:
    assert setting_text(value) == text


def test_settings_of_recipes_by_their_place() -> None:
    assert setting("fig3", "paper", "profile.width") == "32"
    assert setting("fig3", "cpu", "networks.main.lambda_style") == "2·10⁴"
    assert setting("fig5", "cpu", "styles.small.size") == "192"
    for place in ("profile.widht", "networks.gone.lambda_style", "profile.width.more"):
        with pytest.raises(DynnetError, match=f"the recipe fig3, profile cpu, has no '{place}': nothing at "):
            setting("fig3", "cpu", place)


@pytest.mark.parametrize("name", ["", "figure", "fig3", "fig3 cpu", "fig99 cpu profile.width"])
def test_a_part_that_there_is_not_is_named(name: str) -> None:
    with pytest.raises(DynnetError, match=f"no generated part '{name}'; there are figures, claims, "):
        parts()(name)


def test_tables_are_of_the_records_asked_for(tmp_path) -> None:
    write_record(tmp_path, "fig3", seconds=120)
    made = parts(tmp_path)
    assert "1 of 2, scaled down. **Not:** a \\| b" in made("figures")
    assert "| fig3 | 2.0 |" in made("minutes of notebooks") and made("claims").startswith("1 of 2 claims hold")


def test_speed_is_told_with_what_it_is_compared_with() -> None:
    table = pd.read_csv(SPEED)
    rows = parts()("speed").splitlines()[2:]
    assert len(rows) == len(table) and rows[1].endswith(" ms | 1.34 x main network |") == (table.ratio[1] == 1.34)
    assert rows[0].endswith(" ms |  |")


def test_what_the_paper_profile_takes_is_of_its_steps(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "measured.csv"
    table.write_text("recipe,network,seconds,memory\nfig3,main,3.6,2.0\nfig3,fixed_1e5,1.8,2.5\nfig6,blond,0.36,1.0\n")
    monkeypatch.setattr("dynnet.paper.numbers.PAPER_PROFILE", table)
    rows = parts()("paper profile").splitlines()[2:]
    assert rows[0] == "| fig3 | main | 41,390 | 3.60 | 2.0 | 41 |"
    assert len(rows) == 4 and rows[-1].startswith("| all of them | 3 |") and rows[-1].endswith("| 2.5 | 63 |")
    assert parts()("days of the paper profile") == "1"
    table.write_text("recipe,network,seconds,memory\nfig3,main_0,1,1\n")
    with pytest.raises(DynnetError, match="fig3 has no network 'main_0'"):
        parts()("paper profile")


def test_networks_that_differ_by_their_seed_share_a_row(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = tmp_path / "measured.csv"
    table.write_text("recipe,network,seconds,memory\nother_ways,along_0,1.0,2.0\nother_ways,along_1,2.0,3.0\n")
    monkeypatch.setattr("dynnet.paper.numbers.PAPER_PROFILE", table)
    assert parts()("paper profile").splitlines()[2] == "| other_ways | along (2) | 41,390 | 1.50 | 3.0 | 34 |"
