"""Working points are means over pictures, whatever the batch, for every kind of walk."""

import pandas as pd
import pytest
import torch

from dynnet.paper.style.losses.perceptual import PerceptualTerms
from dynnet.paper.style.measures.objective_space import measure
from dynnet.walks import alpha_walk, fixed_walk, grid_walk, interpolation_walk
from tests.tiny import Times, TinyFeatures, convolutions_counted, dynamic_transformer


@pytest.fixture
def terms() -> PerceptualTerms:
    return PerceptualTerms.of_style(TinyFeatures(), torch.rand(1, 3, 16, 16))


@pytest.fixture
def pictures() -> torch.Tensor:
    return torch.rand(5, 3, 16, 16)


def losses(terms: PerceptualTerms, y: torch.Tensor, x: torch.Tensor) -> list[float]:
    found = terms(y, x)
    return [found["content"].mean().item(), found["style"].mean().item()]


def assert_same(a: pd.DataFrame, b: pd.DataFrame) -> None:
    pd.testing.assert_frame_equal(a, b, rtol=1e-4)


def test_points_are_means_over_the_pictures(terms: PerceptualTerms, pictures: torch.Tensor) -> None:
    found = measure(fixed_walk({2e4: Times(1.0), 1e6: Times(0.5)}), pictures, terms)
    assert list(found.columns) == ["setting", "content", "style"] and found["setting"].tolist() == [2e4, 1e6]
    assert found.iloc[0, 1:].tolist() == pytest.approx(losses(terms, pictures, pictures))
    assert found.iloc[1, 1:].tolist() == pytest.approx(losses(terms, pictures / 2, pictures))


@pytest.mark.parametrize("batch", [1, 2, 5, 8])
def test_the_batch_size_does_not_matter(terms: PerceptualTerms, pictures: torch.Tensor, batch: int) -> None:
    walk = alpha_walk(dynamic_transformer(), [0, 0.5])
    assert_same(measure(walk, pictures, terms, batch), measure(walk, pictures, terms, batch=4))


def test_the_alpha_walk_measures_the_dynamic_net(terms: PerceptualTerms, pictures: torch.Tensor) -> None:
    net, alphas = dynamic_transformer(), [0.0, 0.4, 1.0]
    found = measure(alpha_walk(net, alphas), pictures, terms)
    assert found["setting"].tolist() == alphas
    for row, alpha in zip(found.itertuples(), alphas, strict=True):
        assert [row.content, row.style] == pytest.approx(losses(terms, net(pictures, alpha=alpha), pictures), rel=1e-4)


def test_the_grid_has_every_combination_and_the_last_block_moves_fastest(
    terms: PerceptualTerms, pictures: torch.Tensor
) -> None:
    net = dynamic_transformer()
    found = measure(grid_walk(net, [0, 0.5, 1]), pictures[:2], terms)
    settings = found["setting"].tolist()
    assert len(set(settings)) == 27 and settings[:4] == [(0, 0, 0), (0, 0, 0.5), (0, 0, 1), (0, 0.5, 0)]
    row = found[found["setting"] == (0.5, 0.0, 1.0)].iloc[0]
    y = net(pictures[:2], alpha={"res3": 0.5, "up1": 0.0, "out": 1.0})
    assert [row.content, row.style] == pytest.approx(losses(terms, y, pictures[:2]), rel=1e-4)


@pytest.mark.usefixtures("operators_only")
def test_a_grid_computes_the_main_network_above_the_blocks_once_a_batch(
    terms: PerceptualTerms, pictures: torch.Tensor
) -> None:
    net = dynamic_transformer()
    walk = grid_walk(net, [0, 0.25, 0.5, 0.75, 1])
    measure(walk, pictures[:2], terms, batch=1)  # the first and the second are compared with the plain pass
    with convolutions_counted({"first": net.main.conv1.conv.weight, "last": net.main.out.conv.weight}) as counts:
        measure(walk, pictures[2:3], terms, batch=1)
    assert counts == {"first": 1, "last": 25 * 3}  # three passes for every row of five alphas of the last block


def test_interpolation_goes_from_one_network_to_the_other(terms: PerceptualTerms, pictures: torch.Tensor) -> None:
    first, second = Times(1.0), Times(0.2)
    found = measure(interpolation_walk(first, second, [0, 0.25, 1]), pictures, terms)
    assert found["setting"].tolist() == [0, 0.25, 1]
    for row, factor in zip(found.itertuples(), (1.0, 0.8, 0.2), strict=True):
        expected = losses(terms, factor * pictures, pictures)
        assert [row.content, row.style] == pytest.approx(expected, rel=1e-4, abs=1e-9)


def test_nothing_is_kept_for_gradients(terms: PerceptualTerms, pictures: torch.Tensor) -> None:
    seen = []
    measure(lambda x: [(0, x)] if not seen.append(torch.is_grad_enabled()) else [], pictures, terms)
    assert seen == [False, False]
