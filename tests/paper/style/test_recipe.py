"""What a style recipe may say of seeds."""

import tomllib

import pytest

from dynnet.errors import DynnetError
from dynnet.paper.recipe import load_recipe
from tests.tiny import TINY

TEXT = TINY.read_text(encoding="utf-8")
BLOCKS = 'name = "blocks"\n'


def with_seeds(seeds: str) -> str:
    assert TEXT.count(BLOCKS) == 1
    return TEXT.replace(BLOCKS, f"{BLOCKS}seeds = {seeds}\n")


def test_seeds_make_as_many_networks_alike_that_differ_in_name_and_place(tmp_path) -> None:
    (path := tmp_path / "seeded.toml").write_text(with_seeds("3"), encoding="utf-8")
    one, three = load_recipe(TINY), load_recipe(path)
    found = [network for network in three.networks if network.seed_of == "blocks"]
    assert [network.name for network in found] == ["blocks_0", "blocks_1", "blocks_2"]
    plain = one.network("blocks").model_dump(exclude={"name", "seed_of"})
    assert all(network.model_dump(exclude={"name", "seed_of"}) == plain for network in found)
    assert len({three.networks.index(network) for network in found}) == 3  # what a seed is made of
    assert len(three.networks) == len(tomllib.loads(TEXT)["networks"]) + 2


@pytest.mark.parametrize("seeds", ["0", "-1", "1.5", '"three"', "true"])
def test_seeds_are_a_number_of_networks(seeds: str, tmp_path) -> None:
    (path := tmp_path / "seeded.toml").write_text(with_seeds(seeds), encoding="utf-8")
    with pytest.raises(DynnetError, match=r"blocks: 'seeds' is how many of it to train, a whole number from 1, got"):
        load_recipe(path)
