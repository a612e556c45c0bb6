"""A scaled change of weights: nothing at alpha = 0, foldable anywhere, and only what may change changes."""

import pytest
import torch
from torch import nn

from dynnet.errors import DynnetError
from dynnet.paper.style.baselines.weight_tuning import WeightTuned, What
from dynnet.paper.style.network import TransformerNet

X = torch.rand(1, 3, 20, 24)
KINDS: list[tuple[What, int | None]] = [("all", None), ("norms", None), ("low_rank", 2)]


def changed(what: What, rank: int | None) -> WeightTuned:
    tuned = WeightTuned(TransformerNet(2).eval(), what, rank)
    for parameter in tuned.blocks.parameters():
        nn.init.normal_(parameter, std=0.1)
    return tuned


@pytest.mark.parametrize("kind", KINDS)
def test_untrained_and_at_zero_it_is_the_main_network_bit_for_bit(kind: tuple[What, int | None]) -> None:
    assert torch.equal(WeightTuned(main := TransformerNet(2).eval(), *kind)(X, alpha=1.0), main(X))
    tuned = changed(*kind)
    assert torch.equal(tuned(X, alpha=0.0), tuned.main(X))
    assert not torch.allclose(tuned(X, alpha=1.0), tuned.main(X), atol=1e-3)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("alpha", [-0.5, 0.4, 1.0, 1.5])
def test_folded_is_a_plain_network_with_the_same_output(kind: tuple[What, int | None], alpha: float) -> None:
    tuned = changed(*kind)
    plain = tuned.folded(alpha)
    assert type(plain) is TransformerNet
    torch.testing.assert_close(plain(X), tuned(X, alpha=alpha))


@pytest.mark.parametrize("kind", KINDS)
def test_a_step_trains_the_changes_and_nothing_else(kind: tuple[What, int | None]) -> None:
    tuned = WeightTuned(TransformerNet(2), *kind)
    tuned(X, alpha=1.0).square().mean().backward()
    assert all(parameter.grad is None for parameter in tuned.main.parameters())
    assert any(parameter.grad.any() for parameter in tuned.blocks.parameters())


def test_what_may_change() -> None:
    main = TransformerNet(16)
    norms = sum(p.numel() for m in main.modules() if isinstance(m, nn.InstanceNorm2d) for p in m.parameters())
    convolutions = [m for m in main.modules() if isinstance(m, nn.Conv2d)]
    per_rank = sum(c.weight[0].numel() + c.out_channels for c in convolutions)
    sizes = {kind: sum(p.numel() for p in WeightTuned(main, *kind).blocks.parameters()) for kind in [*KINDS]}
    assert sizes == {
        ("all", None): sum(p.numel() for p in main.parameters()),
        ("norms", None): norms,
        ("low_rank", 2): 2 * per_rank,
    }


def test_a_low_rank_change_has_that_rank() -> None:
    tuned = changed("low_rank", 2)
    for change in tuned.blocks.values():
        assert torch.linalg.matrix_rank(change().flatten(1)) <= 2


@pytest.mark.parametrize("kind", [("all", 2), ("norms", 1), ("low_rank", None), ("low_rank", 0)])
def test_ranks_are_for_low_rank_changes(kind: tuple[What, int | None]) -> None:
    with pytest.raises(DynnetError, match="rank"):
        WeightTuned(TransformerNet(2), *kind)
