"""Numbers of other seeds count only where they were measured on the same pictures."""

import json

import pandas as pd
import pytest

from dynnet.checkpoints import read_manifest
from dynnet.paper.locations import CHECKPOINTS
from dynnet.paper.recipe import load_recipe
from dynnet.paper.style.measures.seeds import MEASURED, other_seeds, other_walks

TABLE = pd.read_csv(MEASURED / "fig3.csv")
DATA = {"name": TABLE["data"][0], "count": int(TABLE["count"][0])}
SIZE = int(TABLE["size"][0])
WALKS = pd.read_csv(MEASURED / "other_ways.csv")
WALKED = {"name": WALKS["data"][0], "count": int(WALKS["count"][0])}, int(WALKS["size"][0])


def test_there_are_two_beside_the_one_that_ships() -> None:
    seeds = other_seeds("fig3", DATA, SIZE)
    shipped = read_manifest(CHECKPOINTS)["cpu/fig3/main.safetensors"]["seed"]
    assert len({shipped, *seeds.index}) == 3
    assert set(seeds) < {claim.id for claim in load_recipe("fig3").claims_of("fig3")}


@pytest.mark.parametrize(
    ("data", "size"),
    [(DATA | {"name": "crops of other photographs"}, SIZE), (DATA | {"count": 2}, SIZE), (DATA, SIZE // 2)],
)
def test_on_other_pictures_there_are_none(data: dict[str, object], size: int) -> None:
    assert other_seeds("fig3", data, size).empty


def test_walks_are_of_every_network_that_does_not_ship_and_of_none_that_does() -> None:
    recipe = load_recipe("other_ways")
    wanted = {network.name for network in recipe.networks if not network.ships}
    assert wanted and set(WALKS["network"]) == wanted
    walks = other_walks("other_ways", (), *WALKED)
    assert sum(map(len, walks.values())) == len(wanted)
    for of_way in walks.values():
        for points in of_way:
            assert list(points) == ["setting", "content", "style"]
            assert points.setting.tolist() == [round(alpha / 10, 1) for alpha in range(11)]


def test_a_network_that_is_at_hand_is_not_taken_from_what_was_measured_before() -> None:
    first, *others = WALKS["network"].unique()
    walks = other_walks("other_ways", {first}, *WALKED)
    assert sum(map(len, walks.values())) == len(others)


def test_what_does_not_ship_is_listed_with_what_it_was_and_ships_nowhere() -> None:
    kept, shipped = json.loads((MEASURED / "manifest.json").read_text()), read_manifest(CHECKPOINTS)
    for name in WALKS["network"].unique():
        assert kept[f"other_ways/{name}"]["network"]["name"] == name
        assert f"cpu/other_ways/{name}.safetensors" not in shipped
        assert not (CHECKPOINTS / "cpu" / "other_ways" / f"{name}.safetensors").exists()


def test_walks_on_other_pictures_are_none() -> None:
    data, size = WALKED
    assert not other_walks("other_ways", (), data | {"count": 1}, size)
    assert not other_walks("other_ways", (), data, size // 2)
