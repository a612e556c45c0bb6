import sys
from functools import partial
from pathlib import Path

import pytest
import torch

from dynnet.errors import DynnetError
from dynnet.paper.cli import main
from dynnet.paper.data.pictures import centre_square, to_tensor
from dynnet.paper.data.samples import sample_picture
from dynnet.paper.locations import Folders
from dynnet.paper.recipe import load_recipe
from dynnet.paper.render.command import DEFAULT_NET
from dynnet.paper.render.flicker import flicker
from dynnet.paper.render.networks import network, shipped
from dynnet.paper.run import load, train_recipe
from tests.tiny import TINY


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `dynnet train tiny.toml --out` leaves it."""
    folder = tmp_path_factory.mktemp("trained")
    recipe = load_recipe(TINY, steps=8)
    train_recipe(recipe, Folders(None, folder / "out", folder / "runs", folder / "cache"), only=["main", "blocks"])
    return folder / "out"


def same(one: torch.nn.Module, other: torch.nn.Module) -> bool:
    x = torch.rand(1, 3, 32, 32)
    with torch.no_grad():
        return torch.equal(one(x, alpha=0.7), other(x, alpha=0.7))


def test_what_ships_is_named_once_and_loads_as_for_a_notebook() -> None:
    names = shipped()
    assert {"fig3", "starry_night", "fig4/glass_knife", "fig5/dual"} <= set(names) and "fig6" not in str(list(names))
    assert same(network("fig3"), load("fig3").dynamic["blocks"])
    assert set(network("fig5/dual").sets) == {"coarser", "finer"}


@pytest.mark.parametrize("alpha", [0.5, 1.0])
def test_what_renders_where_no_network_is_named_ships_and_flickers_less_than_the_same_painting(alpha: float) -> None:
    plain, calm = "starry_night", DEFAULT_NET
    assert load_recipe(plain).styles == load_recipe(calm).styles
    scene = to_tensor(centre_square(sample_picture("chelsea"), 128))
    ratios = [flicker(partial(network(name), alpha=alpha), scene, frames=3).ratio for name in (plain, calm)]
    assert ratios[1] < 0.9 * ratios[0]


def test_a_training_of_ones_own_is_named_by_its_folder_or_file(trained: Path) -> None:
    wanted = network(str(trained))
    assert wanted.names == ("res3", "out")
    assert same(wanted, network(str(trained / "cpu" / "tiny" / "blocks.safetensors")))
    with pytest.raises(DynnetError, match="expected tuning-blocks, got a checkpoint of kind 'main'"):
        network(str(trained / "cpu" / "tiny" / "main.safetensors"))


def test_a_file_of_blocks_finds_its_main_network(trained: Path, tmp_path: Path) -> None:
    network("fig3").save_blocks(tmp_path / "alone.safetensors")
    assert same(network(str(tmp_path / "alone.safetensors")), network("fig3"))
    own = network(str(trained))
    own.save_blocks(trained / "own.safetensors")
    assert same(network(str(trained / "own.safetensors")), own)
    own.save_blocks(tmp_path / "astray.safetensors")
    with pytest.raises(DynnetError, match="expected blocks on a main network that ships"):
        network(str(tmp_path / "astray.safetensors"))
    (trained / "own.safetensors").unlink()


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ("fig4", "expected one network, it has fig4/glass_knife"),
        ("fig99", "expected fig3, .* got none of these; `dynnet nets` lists"),
        ("fig6", "got none of these"),
    ],
)
def test_what_is_no_network_is_refused(what: str, said: str) -> None:
    with pytest.raises(DynnetError, match=said):
        network(what)


def test_folders_and_files_without_blocks_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DynnetError, match="expected the checkpoint of tuning-blocks in it, got none"):
        network(str(tmp_path))
    (tmp_path / "a.safetensors").write_bytes(b"nothing")
    with pytest.raises(DynnetError, match=r"a.safetensors is no file of tuning-blocks"):
        network(str(tmp_path / "a.safetensors"))


def test_nets_lists_them_and_shows_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.setattr("dynnet.paper.render.strips._RENDERED", 48)
    monkeypatch.setattr(sys, "argv", ["dynnet", "nets", "--show", str(tmp_path / "nets.png")])
    with pytest.raises(SystemExit) as exit_:
        main()
    out = capsys.readouterr().out
    assert not exit_.value.code and (tmp_path / "nets.png").is_file()
    assert [line.split()[0] for line in out.splitlines()] == [*shipped(), "wrote"]
    assert "fig5/dual" in out and "α of coarser, finer" in out
