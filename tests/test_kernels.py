"""Kernels of our own give what the operators give."""

from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from dynnet.agreement import relative_gap
from dynnet.kernels import FewChannels, faster, instance_norm

aten = torch.ops.aten
ROUNDING = 1e-6  # of sums of some thousand products in single precision


@settings(max_examples=40, deadline=None)
@given(
    st.integers(1, 2), st.integers(1, 5), st.integers(1, 5), st.sampled_from([1, 5, 7, 9]),
    st.sampled_from([3, 5, 6, 9]),
    st.integers(30, 41), st.integers(32, 39), st.integers(0, 4), st.booleans(),
)  # fmt: skip
def test_convolutions_of_few_channels(
    batch: int, entering: int, channels: int, high: int, wide: int, height: int, width: int, padding: int, biased: bool
) -> None:
    torch.manual_seed(0)
    x, weight = torch.randn(batch, entering, height, width), torch.randn(channels, entering, high, wide)
    bias = torch.randn(channels) if biased else None
    options = [[1, 1], [padding, padding // 2], [1, 1], False, [0, 0], 1]
    y, wanted = FewChannels()(x, weight, bias, *options), aten.convolution.default(x, weight, bias, *options)
    assert relative_gap(y, wanted) <= ROUNDING
    assert y.is_contiguous() and wanted.is_contiguous()  # what follows may count on it


@pytest.mark.parametrize(
    ("stride", "dilation", "transposed", "groups", "kind"),
    [
        ([2, 1], [1, 1], False, 1, {}),
        ([1, 1], [1, 2], False, 1, {}),
        ([1, 1], [1, 1], True, 1, {}),
        ([1, 1], [1, 1], False, 2, {}),
        ([1, 1], [1, 1], False, 1, {"dtype": torch.float64}),
    ],
)
def test_other_convolutions_are_the_operators_own(
    stride: list[int], dilation: list[int], transposed: bool, groups: int, kind: dict[str, Any]
) -> None:
    x, weight = torch.randn(1, 2, 40, 40, **kind), torch.randn(2, 2 // groups, 5, 5, **kind)
    options = [stride, [0, 0], dilation, transposed, [0, 0], groups]
    assert torch.equal(FewChannels()(x, weight, None, *options), aten.convolution.default(x, weight, None, *options))


def test_a_convolution_follows_its_weights() -> None:
    kernel, x, weight = FewChannels(), torch.randn(1, 2, 40, 40), torch.randn(2, 2, 5, 5)
    options = [[1, 1], [0, 0], [1, 1], False, [0, 0], 1]
    for change in (lambda: weight.mul_(2), lambda: (weight.data.add_(1), kernel.forget())):
        kernel(x, weight, None, *options)
        change()
        assert (
            relative_gap(kernel(x, weight, None, *options), aten.convolution.default(x, weight, None, *options))
            <= ROUNDING
        )


@pytest.mark.parametrize("batch", [1, 2])
@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("shape", [(6, 9), (6, 5, 7), (6, 3, 4, 5)])
@pytest.mark.parametrize("affine", [True, False])
def test_instance_norm(batch: int, training: bool, shape: tuple[int, ...], affine: bool) -> None:
    x = 5 + 3 * torch.randn(batch, *shape)
    weight, bias = (torch.randn(6), torch.randn(6)) if affine else (None, None)
    statistics = (None, None) if training else (torch.randn(6), torch.rand(6))
    wanted = aten.native_batch_norm.default(x, weight, bias, *statistics, training, 0.1, 1e-5)
    assert relative_gap(instance_norm(x, weight, bias, *statistics, training, 0.1, 1e-5), wanted) <= 1e-5


def test_other_operators_are_left_alone() -> None:
    assert faster(aten.relu.default) is aten.relu.default
