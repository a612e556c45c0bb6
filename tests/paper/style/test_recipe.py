"""What a style recipe may say of seeds."""

import re
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


def test_of_several_seeds_some_may_ship_and_are_trained_as_if_all_did(tmp_path) -> None:
    (every := tmp_path / "every.toml").write_text(with_seeds("3"), encoding="utf-8")
    (some := tmp_path / "some.toml").write_text(with_seeds("3\nshipped = 1"), encoding="utf-8")
    networks = load_recipe(some).networks
    assert [network.name for network in networks if not network.ships] == ["blocks_1", "blocks_2"]
    assert [n.model_copy(update={"ships": True}) for n in networks] == list(load_recipe(every).networks)


@pytest.mark.parametrize("shipped", ["0", "4", "1.0", "true"])
def test_what_ships_is_a_number_of_the_seeds(shipped: str, tmp_path) -> None:
    (path := tmp_path / "seeded.toml").write_text(with_seeds(f"3\nshipped = {shipped}"), encoding="utf-8")
    with pytest.raises(DynnetError, match=r"blocks: 'shipped' is how many of the 3 are kept here, from 1, got"):
        load_recipe(path)


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ('kind = "blocks"\non = "main"\nmixture = { default = 1e5 }', "'mixture' is for kind = \"main\""),
        ('kind = "main"\nmixture = { default = 0 }', "a lambda of 'mixture' is above 0"),
        ('kind = "main"\nmixture = { elsewhere = 1e5 }', "no style 'elsewhere'; there are default"),
        ('kind = "together"\non = "main"', "'sets' is for kind = \"together\" and needed there"),
        ('kind = "main"\nsets = ["blocks"]', "'sets' is for kind = \"together\" and needed there"),
        ('kind = "together"\nschedule = "s"\nsets = ["blocks"]', "'on' is for kind ="),
        ('kind = "together"\non = "main"\nschedule = "s"\nsets = ["main"]', "more: main is no set of blocks on main"),
        ('kind = "together"\non = "main"\nschedule = "s"\nsets = ["nobody"]', "no network 'nobody'"),
        ('kind = "main"\nmixture = { tv = 1e5 }', "more: 'tv' is another loss's name"),
        (
            'kind = "blocks"\non = "main"\nstyle = "tv"\n\n'
            '[[networks]]\nname = "pair"\nkind = "together"\non = "main"\nschedule = "s"\nsets = ["more"]',
            "pair: one of its sets has to be of the style of main",
        ),
    ],
)
def test_mixtures_and_sets_are_what_their_kinds_take(said: str, wanted: str, tmp_path) -> None:
    text = TEXT.replace("[profiles.cpu]", f'[[networks]]\nname = "more"\nlambda_style = 1e5\n{said}\n\n[profiles.cpu]')
    text = text.replace("[[networks]]", 'tv = { house = "woodcut", lambda_style = 1e5 }\n\n[[networks]]', 1)
    text += "\n[profiles.cpu.schedules]\ns = { steps = 8, rate = 1e-3 }\n"
    (path := tmp_path / "mixed.toml").write_text(text, encoding="utf-8")
    with pytest.raises(DynnetError, match=re.escape(wanted)):
        load_recipe(path)
