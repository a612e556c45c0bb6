"""One network for every lambda: a transformer network at first, then one for each alpha."""

import copy

import torch
from torch import nn

from dynnet.paper.style.baselines.conditioned import Conditioned

X = torch.rand(3, 3, 20, 24)


def trained() -> Conditioned:
    network = Conditioned(2).eval()
    nn.init.normal_(network.film[-1].weight, std=0.3)
    return network


def test_untrained_it_is_its_transformer_network_at_every_alpha() -> None:
    network = Conditioned(2).eval()
    for alpha in (0.0, 0.5, 1.0):
        torch.testing.assert_close(network(X, alpha=alpha), network(X, alpha=0.0), rtol=0, atol=0)


def test_each_picture_has_its_own_alpha() -> None:
    network, alphas = trained(), torch.tensor([0.0, 0.5, 1.0])
    together = network(X, alpha=alphas)
    for x, alpha, y in zip(X, alphas, together, strict=True):
        torch.testing.assert_close(network(x[None], alpha=float(alpha))[0], y)
    assert not torch.allclose(network(X, alpha=0.0), network(X, alpha=1.0), atol=1e-3)


def test_a_copy_answers_for_itself() -> None:
    network = trained()
    other = copy.deepcopy(network)
    nn.init.zeros_(other.film[-1].weight)
    before = network(X, alpha=0.6)
    other(X, alpha=0.6)
    torch.testing.assert_close(network(X, alpha=0.6), before, rtol=0, atol=0)
    assert not torch.allclose(other(X, alpha=0.6), before, atol=1e-3)


def test_every_weight_learns() -> None:
    network = trained()
    network.train()
    (network(X, alpha=torch.tensor([0.1, 0.5, 0.9])) - X.flip(-1)).square().mean().backward()
    silent = [name for name, parameter in network.named_parameters() if parameter.grad is None]
    assert not silent
