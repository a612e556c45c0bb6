"""Alphas along the walk: evenly drawn, functions of seed and batch, and the far end among them."""

import torch

from dynnet.along import Along
from dynnet.objectives import Objective
from tests.brightness import towards

START: Objective = towards(0.0)


def test_the_same_seed_and_batch_give_the_same_alphas_whatever_was_drawn_before() -> None:
    once = Along(START, seed=3).alphas(17, 4)
    torch.manual_seed(99)
    torch.rand(5)
    state = torch.get_rng_state()
    assert torch.equal(Along(START, seed=3).alphas(17, 4), once)
    assert torch.equal(torch.get_rng_state(), state)  # and nobody else's numbers change by it


def test_alphas_differ_from_batch_to_batch_and_from_seed_to_seed() -> None:
    drawn = [Along(START, seed).alphas(batch, 4) for seed in range(4) for batch in range(50)]
    assert len({tuple(alphas[1:].tolist()) for alphas in drawn}) == 200


def test_they_cover_the_walk_evenly_and_every_other_batch_has_its_far_end() -> None:
    drawn = torch.stack([Along(START).alphas(batch, 4) for batch in range(1000)])
    assert (drawn[::2, 0] == 1).all() and (drawn[1::2, 0] < 1).all()
    evenly = torch.cat([drawn[1::2].flatten(), drawn[::2, 1:].flatten()])  # 3500 of them
    assert evenly.min() >= 0 and evenly.max() < 1
    tenths = torch.histc(evenly, 10, 0, 1)
    assert (tenths - 350).abs().max() < 5 * (3500 * 0.1 * 0.9) ** 0.5  # five standard deviations of a count


def test_they_are_not_the_numbers_that_a_source_seeded_with_the_step_draws() -> None:
    for batch in range(20):
        first = torch.rand(4, generator=torch.Generator().manual_seed(batch))
        assert not torch.equal(first[1:], Along(START).alphas(batch, 4)[1:])


def test_sets_have_alphas_of_their_own_and_their_far_ends_at_once() -> None:
    batches = [Along(START, seed=2, sets=("warm", "cold")).alphas(batch, 4) for batch in range(200)]
    assert all([*drawn] == ["warm", "cold"] for drawn in batches)
    warm, cold = (torch.stack([drawn[name] for drawn in batches]) for name in ("warm", "cold"))
    assert (warm[::2, 0] == 1).all() and (cold[::2, 0] == 1).all()
    both = torch.stack([warm[:, 1:].flatten(), cold[:, 1:].flatten()])  # 600 pairs
    assert abs(torch.corrcoef(both)[0, 1]) < 5 / 600**0.5  # five standard deviations of a correlation of none
