"""Figure, notebook and files: said once, in a notebook's metadata, whatever the figure is called."""

from pathlib import Path

import pytest

from dynnet.errors import DynnetError
from dynnet.paper.report.figures import (
    all_figures,
    all_notebooks,
    alt_text,
    figures_of,
    missing_packages,
    notebook_of,
)
from tests.paper.report.records import entry, write_notebook


def test_a_notebook_says_which_figures_it_makes(tmp_path: Path) -> None:
    path = write_notebook(tmp_path / "00_quickstart.ipynb", figures=entry("fig1") | entry("fig2", "png", "svg"))
    one, two = figures_of(path)
    assert (one.name, one.files, one.picture) == ("fig1", ("fig1.png", "fig1.csv", "fig1.json"), "fig1.png")
    assert (two.name, two.files, two.notebook) == ("fig2", ("fig2.png", "fig2.svg"), path)
    assert two.alt == 'A "fig2" & more' and two.title == "Title of fig2"


@pytest.mark.parametrize("figures", [None, {}])
def test_a_notebook_without_figures(tmp_path: Path, figures: dict | None) -> None:
    assert figures_of(write_notebook(tmp_path / "09_your_own.ipynb", figures=figures)) == []


def test_packages_that_a_notebook_needs_and_that_are_not_there(tmp_path: Path) -> None:
    for needs, missing in (((), []), (("torch",), []), (("torch", "no_such_stranger"), ["no_such_stranger"])):
        assert missing_packages(write_notebook(tmp_path / "a.ipynb", figures=entry("fig9"), needs=needs)) == missing


def test_figures_of_any_name_in_their_order(tmp_path: Path) -> None:
    names = ("fig10", "fig9", "10_other_ways", "9_mine", "tone")
    for place, name in enumerate(names):
        write_notebook(tmp_path / f"{place}_notebook.ipynb", figures=entry(name))
    found = [figure.name for figure in all_figures(all_notebooks(tmp_path))]
    assert found == ["fig9", "fig10", "9_mine", "10_other_ways", "tone"]


def test_two_notebooks_that_make_one_figure_are_named(tmp_path: Path) -> None:
    for name in ("fig9_walk", "fig9_walk-Copy1"):
        write_notebook(tmp_path / f"{name}.ipynb", figures=entry("fig9"))
    with pytest.raises(DynnetError, match=r"fig9_walk\.ipynb and fig9_walk-Copy1\.ipynb both make fig9"):
        all_figures(all_notebooks(tmp_path))


def test_the_notebook_of_a_figure_and_of_a_name(tmp_path: Path) -> None:
    write_notebook(tmp_path / "00_quickstart.ipynb", figures=entry("fig1") | entry("fig2"))
    write_notebook(tmp_path / "09_your_own.ipynb")
    write_notebook(tmp_path / "fig10_other.ipynb", figures=entry("fig10"))
    names = {"fig1": "00_quickstart", "fig2": "00_quickstart", "fig10": "fig10_other", "09": "09_your_own"}
    for name, stem in (names | {"00_quickstart": "00_quickstart"}).items():
        assert notebook_of(name, tmp_path).stem == stem


@pytest.mark.parametrize("name", ["fig9", "fig", "fig1_wal", "0", ""])
def test_a_figure_without_notebook_lists_those_there_are(tmp_path: Path, name: str) -> None:
    write_notebook(tmp_path / "fig1_walk.ipynb", figures=entry("fig1"))
    with pytest.raises(DynnetError, match=rf"no notebook for '{name}' in .*; there are fig1, fig1_walk"):
        notebook_of(name, tmp_path)


def test_no_notebooks_at_all_are_an_error(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    for ask in (all_notebooks, lambda folder: notebook_of("fig1", folder)):
        with pytest.raises(DynnetError, match=r"expected notebooks in .* got none; run this in a checkout"):
            ask(tmp_path)


def test_the_alt_text_is_read_where_the_notebook_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_notebook(tmp_path / "a.ipynb", figures=entry("fig9", alt="a walk"))
    monkeypatch.chdir(tmp_path)
    assert alt_text("fig9") == "a walk"
    with pytest.raises(DynnetError, match="says in its metadata what fig8 shows; run it in the folder"):
        alt_text("fig8")


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"fig9": {"alt": "a", "files": ["fig9.png"]}}, "title"),
        (entry("fig9", alt=""), "alt"),
        ({"fig9": {"title": "a", "alt": "a", "files": []}}, "files"),
        (entry("fig9", caption="a"), "caption"),
        (entry("../fig9"), "name"),
    ],
)
def test_metadata_that_say_no_figure_are_named(tmp_path: Path, said: dict, where: str) -> None:
    path = write_notebook(tmp_path / "a.ipynb", figures=said)
    with pytest.raises(DynnetError, match=rf"a\.ipynb: metadata\.dynnet\.figures: {where}: "):
        figures_of(path)


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"metadata": {"dynnet": {"figures": ["fig9"]}}}', "\xff"])
def test_a_file_that_is_no_notebook_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.ipynb").write_text(text, encoding="latin-1")
    with pytest.raises(DynnetError, match=r"a\.ipynb: expected a notebook, got: ") as error:
        figures_of(tmp_path / "a.ipynb")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("said", ["", "[]", '{"metadata": {"dynnet": []}}', '{"metadata": {"dynnet": {"needs": 3}}}'])
def test_a_file_that_cannot_say_what_it_needs_is_named(tmp_path: Path, said: str) -> None:
    (tmp_path / "a.ipynb").write_text(said)
    with pytest.raises(DynnetError, match=r"a\.ipynb: expected a notebook, got: "):
        missing_packages(tmp_path / "a.ipynb")
