"""What recipes of all applications declare: claims, each once, and none of them makes another training."""

from pathlib import Path

import pytest

from dynnet.errors import DynnetError
from dynnet.launching import OneProcess
from dynnet.paper.locations import Folders
from dynnet.paper.recipe import load_recipe, recipe_names
from dynnet.paper.style.trainer import Trainer
from tests.tiny import TINY

CLAIM = '[[claims]]\nid = "lead"\ntext = "who leads"\nat_least = 1\n'


def recipe(folder: Path, claims: str, where: str = ""):
    path = folder / "tiny.toml"
    first, tables = TINY.read_text().split("\n[styles]")
    path.write_text(f"{first}\n{where}\n[styles]{tables}\n{claims}")
    return load_recipe(path)


def test_a_claim_is_of_the_recipes_figure_and_place_unless_it_says_otherwise(tmp_path: Path) -> None:
    other = CLAIM + 'figure = "10_other_ways"\nwhere = "section 9"\n'
    found = recipe(tmp_path, CLAIM + other, 'where = "section 4.1"')
    (own,), (others,) = found.claims_of("tiny"), found.claims_of("10_other_ways")
    assert (own.figure, own.where, own.band) == ("tiny", "section 4.1", "at least 1")
    assert (others.figure, others.where) == ("10_other_ways", "section 9")
    assert recipe(tmp_path, CLAIM).claims[0].where == "ours"
    with pytest.raises(DynnetError, match="the recipe of tiny declares no claim for fig9"):
        found.claims_of("fig9")


@pytest.mark.parametrize(
    ("claims", "said"),
    [
        (CLAIM + CLAIM, "two claims are called 'lead'"),
        (CLAIM.replace("at_least = 1", ""), "give it a band"),
        (CLAIM + "at_most = 0\n", "no number can hold it"),
        (CLAIM.replace("text", "texte"), "claims.0.text: Field required"),
        (CLAIM + 'because = "x"\n', "unknown key 'claims.0.because'"),
        ('claims = "many"\n', "claims"),
    ],
)
def test_a_claim_that_cannot_be_decided_is_one_line(tmp_path: Path, claims: str, said: str) -> None:
    with pytest.raises(DynnetError) as error:
        recipe(tmp_path, claims) if "[[" in claims else recipe(tmp_path, "", claims)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_what_is_declared_about_a_network_does_not_make_it_another_training(tmp_path: Path) -> None:
    folders = Folders(None, tmp_path / "out", tmp_path / "runs", tmp_path / "cache")
    recipes = recipe(tmp_path, ""), recipe(tmp_path, CLAIM, 'where = "section 4.1"')
    one, other = (Trainer(r, folders, OneProcess(), "dynnet train tiny") for r in recipes)
    first = recipes[0].networks[0]
    assert one._digest(first) == other._digest(recipes[1].network(first.name))


def test_every_recipe_that_ships_names_the_place_of_its_claims_in_the_paper() -> None:
    for claim in (claim for name in recipe_names() for claim in load_recipe(name).claims):
        assert claim.where == "ours" or "section" in claim.where
