"""A notebook run anew: what it should leave is there and new, and each figure says how far it moved."""

import threading
from pathlib import Path

import pytest

from dynnet.errors import DynnetError
from dynnet.paper.report import reproduction
from dynnet.paper.report.reproduction import reproduce, side_by_side
from tests.paper.report.records import CLAIMS, entry, write_notebook, write_record


class Workshop:
    """A notebook that leaves files instead of being run."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.figures = folder / "figures"
        self.figures.mkdir()
        self.notebook = folder / "a.ipynb"
        self.leaves: tuple[str, ...] = ("fig9.png", "fig9.csv", "fig9.json")
        self.claims = CLAIMS
        self.given: dict[str, str] = {}
        self.says(**entry("fig9"))
        monkeypatch.setattr(reproduction, "run_notebook", self._run)

    def says(self, **figures: dict) -> None:
        write_notebook(self.notebook, figures=figures)

    def make(self) -> list[str]:
        return [str(outcome) for outcome in self.run().outcomes]

    def run(self) -> reproduction.Run:
        return reproduce(self.notebook, {"profile": "cpu"}, self.figures, self.figures.parent / "build")

    def _run(self, notebook: Path, parameters: dict[str, str], executed: Path) -> Path:
        self.given = parameters
        for name in self.leaves:
            path = self.figures / name
            path.unlink(missing_ok=True)
            if path.suffix == ".json":
                write_record(self.figures, path.stem, claims=self.claims)
            else:
                path.write_text("made")
        return executed / notebook.name


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    return Workshop(tmp_path, monkeypatch)


def test_a_figure_says_claims_seconds_and_the_largest_change(workshop: Workshop) -> None:
    (first,) = workshop.make()
    assert " ".join(first.split()) == "fig9 1 of 2 claims hold 90 s no record to compare with"
    (second,) = workshop.make()
    assert second.endswith("no number changed")
    workshop.claims = [CLAIMS[0], {**CLAIMS[1], "value": 3.6}]
    (third,) = workshop.make()
    assert third.endswith("90 s  largest change 15 % of its band (b, from 3 to 3.6)")


def test_a_record_of_other_pictures_is_told(workshop: Workshop) -> None:
    write_record(workshop.figures, "fig9", data={"name": "photos", "count": 64})
    assert workshop.make()[0].endswith("no number changed; measured on 4 x noise and not 64 x photos")


def test_a_damaged_record_of_before_does_not_keep_it_from_being_made_again(workshop: Workshop) -> None:
    (workshop.figures / "fig9.json").write_text("{")
    assert workshop.make()[0].endswith("no record to compare with")


@pytest.mark.parametrize("missing", ["fig9.png", "fig9.json"])
def test_a_file_that_is_missing_or_from_before_fails(workshop: Workshop, missing: str) -> None:
    workshop.make()
    workshop.leaves = tuple(name for name in workshop.leaves if name != missing)
    with pytest.raises(DynnetError, match=rf"a\.ipynb left no new {missing} in"):  # that of before does not count
        workshop.make()
    (workshop.figures / missing).unlink()
    with pytest.raises(DynnetError, match=f"left no new {missing}"):
        workshop.make()


def test_where_packages_are_missing_a_figure_stays_as_it_ships(workshop: Workshop) -> None:
    before = write_record(workshop.figures, "fig9").read_bytes()
    write_notebook(workshop.notebook, figures=entry("fig9"), needs=("torch", "no_such_stranger"))
    workshop.leaves = ()
    run = workshop.run()
    assert [" ".join(str(outcome).split()) for outcome in run.outcomes] == [
        "fig9 left as it ships: not installed are no_such_stranger"
    ]
    assert str(run).endswith("s  no claims") and (workshop.figures / "fig9.json").read_bytes() == before


def test_a_drawing_and_figures_of_any_name(workshop: Workshop) -> None:
    workshop.says(**entry("10_other_ways"), **entry("fig2", "png"))
    workshop.leaves = ("10_other_ways.png", "10_other_ways.csv", "10_other_ways.json", "fig2.png")
    run = workshop.run()
    assert [str(outcome).split()[:2] for outcome in run.outcomes] == [["10_other_ways", "1"], ["fig2", "drawn"]]
    assert str(run).endswith("s  1 of 2 claims hold")


def test_a_notebook_without_figures_writes_to_a_folder_of_its_own(workshop: Workshop) -> None:
    workshop.make()
    assert workshop.given == {"profile": "cpu", "out_dir": str(workshop.figures)}
    workshop.notebook = workshop.notebook.with_name("09_your_own.ipynb")
    workshop.says()
    run = workshop.run()
    assert run.outcomes == () and str(run).endswith("s  no claims")
    assert workshop.given == {"profile": "cpu", "out_dir": str(workshop.figures.parent / "build" / "your_own")}


@pytest.mark.parametrize("jobs", [1, 2, 5])
def test_several_at_a_time_come_back_in_order_and_one_that_fails_stops_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    lock, under_way, most = threading.Lock(), 0, 0
    everybody = threading.Barrier(min(jobs, 4), timeout=60)  # met only by as many as run at a time

    def run(notebook: Path, parameters: dict[str, str], executed: Path) -> Path:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        everybody.wait()
        with lock:
            under_way -= 1
        if notebook.stem == "b":
            raise DynnetError("a cell failed")
        return executed / notebook.name

    monkeypatch.setattr(reproduction, "run_notebook", run)
    notebooks = [tmp_path / f"{stem}.ipynb" for stem in "abcd"]
    for notebook in notebooks:
        write_notebook(notebook, figures={})
    found = list(side_by_side(notebooks, {}, tmp_path, tmp_path / "build", jobs))
    assert [notebook for notebook, _ in found] == notebooks and most == min(jobs, 4)
    assert [str(run.exception() or "") for _, run in found] == ["", "a cell failed", "", ""]
