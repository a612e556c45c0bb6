"""Training against flicker: pairs of noisy copies, one alpha for both, a term for how far apart they are painted."""

import pytest
import torch
from torch import Tensor, nn

from dynnet.checkpoints import load_checkpoint
from dynnet.errors import DynnetError
from dynnet.paper.locations import Folders
from dynnet.paper.recipe import load_recipe
from dynnet.paper.render.flicker import flicker
from dynnet.paper.run import load, train_recipe
from dynnet.paper.style.stable import STABILITY, AlongPairs, NoisyPairs, StableTerms
from tests.tiny import TINY


class Grey:
    def batch_at(self, step: int) -> Tensor:
        return torch.full((3, 3, 32, 32), 0.5)


class Distance(nn.Module):
    def forward(self, y: Tensor, target: Tensor) -> dict[str, Tensor]:
        return {"distance": (y - target).square().mean((1, 2, 3))}


def test_a_pair_is_two_copies_of_one_photo_with_noise_of_one_strength() -> None:
    x, target = NoisyPairs(Grey(), 0.1).batch_at(5)
    assert x.shape == target.shape == (6, 3, 32, 32) and (target == 0.5).all()
    one, other = (x - target).chunk(2)
    strengths = one.std((1, 2, 3))
    assert torch.allclose(strengths, other.std((1, 2, 3)), rtol=0.1) and strengths.max() <= 0.105
    assert strengths.std() > 0.005  # each photo its own
    assert not torch.allclose(one, other, atol=1e-3)


def test_batches_are_a_function_of_seed_and_step() -> None:
    def batch(seed: int, step: int) -> Tensor:
        return NoisyPairs(Grey(), 0.1, seed).batch_at(step)[0]

    assert torch.equal(batch(1, 7), batch(1, 7))
    assert not torch.equal(batch(1, 7), batch(1, 8)) and not torch.equal(batch(1, 7), batch(2, 7))


def test_both_copies_are_at_one_alpha() -> None:
    one, other = AlongPairs(None, 3).alphas(4, 8).chunk(2)
    assert len(one) == 4 and torch.equal(one, other) and one.unique().numel() == 4


def test_the_term_is_the_pairs_own_distance() -> None:
    terms, y = StableTerms(Distance()), torch.rand(4, 3, 8, 8)
    found = terms(y, torch.zeros_like(y))
    assert set(found) == {"distance", STABILITY} and found[STABILITY].shape == (4,)
    assert found[STABILITY][1].item() == pytest.approx(float((255 * (y[1] - y[3])).square().mean()), rel=1e-5)
    assert terms(torch.cat([y[:2], y[:2]]), torch.zeros_like(y))[STABILITY].max() == 0
    with pytest.raises(DynnetError, match="pairs of pictures, got 3"):
        terms(y[:3], y[:3])


def test_a_recipe_is_trained_so_and_says_so(tmp_path) -> None:
    where = Folders(None, tmp_path / "out", tmp_path / "runs", tmp_path / "cache")
    scene = torch.rand(1, 3, 24, 24)
    ratios = {}
    for stable in (None, 100.0):
        recipe = load_recipe(TINY, stable=stable)
        for path in train_recipe(recipe, where, only=["main", "blocks"]):
            assert load_checkpoint(path).meta.get("stability", {}).get("weight") == stable
        net = load(recipe.model_copy(update={"networks": recipe.networks[:2]}), folder=where.checkpoints)
        ratios[stable] = flicker(net.dynamic["blocks"], scene).ratio
    assert ratios[100.0] < 0.8 * ratios[None]


def test_where_there_is_no_such_thing_it_is_refused() -> None:
    with pytest.raises(DynnetError, match=r"unknown key 'profile.stability'|unknown key 'stability'"):
        load_recipe("fig6", stable=1.0)
    with pytest.raises(DynnetError, match="stability"):
        load_recipe(TINY, stable=0.0)
