"""Gram matrices and the style loss against their definitions, written out in loops."""

import pytest
import torch
from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.paper.style.losses.gram import gram_matrix, gram_targets, packed, style_loss, unpacked


def gram_by_definition(z: Tensor) -> Tensor:
    b, c, h, w = z.shape
    gram = torch.zeros(b, c, c, dtype=z.dtype)
    for i in range(c):
        for j in range(c):
            gram[:, i, j] = (z[:, i] * z[:, j]).sum((1, 2)) / (c * h * w)
    return gram


def two_layers(batch: int) -> dict[str, Tensor]:
    return {"relu1_2": torch.randn(batch, 3, 6, 5), "relu2_2": torch.randn(batch, 4, 3, 2)}


def test_gram_matrix_is_its_definition() -> None:
    z = torch.randn(2, 5, 4, 7, dtype=torch.float64)
    torch.testing.assert_close(gram_matrix(z), gram_by_definition(z))


@pytest.mark.parametrize("channels", [1, 2, 5, 64])
def test_half_of_a_gram_matrix_in_half_precision_is_all_of_it(channels: int) -> None:
    gram = gram_matrix(torch.randn(1, channels, 6, 7))
    kept = packed(gram)
    assert kept.dtype == torch.float16 and kept.shape == (channels * (channels + 1) // 2,)
    again = unpacked(kept.float())
    assert torch.equal(again, again.transpose(1, 2))
    torch.testing.assert_close(again, gram, rtol=2**-11, atol=2**-25)  # half a unit of the last of its places


def test_a_gram_matrix_too_large_for_half_precision_is_kept_in_full() -> None:
    gram = torch.tensor([[[1e5, 3.0], [3.0, 2.0]]])
    assert torch.equal(unpacked(packed(gram)), gram)


@pytest.mark.parametrize("shape", [(4,), (2, 3), (0,)])
def test_what_is_no_half_of_a_symmetric_matrix_is_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(DynnetError, match="half a Gram matrix"):
        unpacked(torch.zeros(shape))


def test_gram_matrix_does_not_see_places() -> None:
    z = torch.randn(1, 4, 5, 6)
    shuffled = z.flatten(2)[..., torch.randperm(30)].view(1, 4, 6, 5)
    torch.testing.assert_close(gram_matrix(shuffled), gram_matrix(z))


def test_targets_are_averaged_over_the_batch() -> None:
    features = two_layers(3)
    targets = gram_targets(features)
    assert {name: tuple(t.shape) for name, t in targets.items()} == {"relu1_2": (1, 3, 3), "relu2_2": (1, 4, 4)}
    torch.testing.assert_close(targets["relu2_2"][0], gram_by_definition(features["relu2_2"]).mean(0))


def test_loss_is_its_definition_picture_by_picture() -> None:
    features, targets = two_layers(2), gram_targets(two_layers(1))
    expected = sum((gram_by_definition(z) - targets[name]).square().mean((1, 2)) for name, z in features.items())
    loss = style_loss(features, targets)
    assert loss.shape == (2,)
    torch.testing.assert_close(loss, expected)


def test_zero_for_the_style_picture_itself() -> None:
    features = two_layers(1)
    assert style_loss(features, gram_targets(features)).item() == 0
    assert style_loss({n: 2 * z for n, z in features.items()}, gram_targets(features)).item() > 0


def test_only_the_targets_layers_are_compared() -> None:
    features = two_layers(2)
    targets = {"relu1_2": gram_targets(two_layers(1))["relu1_2"]}
    assert torch.equal(style_loss(features, targets), style_loss({"relu1_2": features["relu1_2"]}, targets))


def test_loss_goes_with_the_fourth_power_of_the_activations() -> None:
    features, style = two_layers(1), two_layers(1)
    small = style_loss(features, gram_targets(style))
    large = style_loss({n: 3 * z for n, z in features.items()}, gram_targets({n: 3 * z for n, z in style.items()}))
    torch.testing.assert_close(large, 81 * small)


def test_half_precision_does_not_overflow() -> None:
    features = {"relu1_2": torch.full((1, 2, 64, 64), 30.0, dtype=torch.float16)}
    torch.testing.assert_close(style_loss(features, {"relu1_2": torch.zeros(1, 2, 2)}), torch.tensor([450.0**2]))


def test_gradients_are_those_of_finite_differences_and_by_hand() -> None:
    z = torch.randn(2, 3, 4, 3, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(gram_matrix, (z,))
    features = {"relu1_2": z.detach().float().requires_grad_()}
    style_loss(features, {"relu1_2": torch.zeros(1, 3, 3)}).sum().backward()
    # d/dz of sum_ij G_ij^2 / C^2 is 4 G z / (C^2 C H W)
    expected = 4 * torch.einsum("bij,bjhw->bihw", gram_matrix(z), z) / (9 * 36)
    torch.testing.assert_close(features["relu1_2"].grad, expected.detach().float())


def test_a_missing_layer_and_another_width_are_refused() -> None:
    features = two_layers(1)
    with pytest.raises(DynnetError, match=r"names layer 'relu9_9', the features have relu1_2, relu2_2"):
        style_loss(features, {"relu9_9": torch.zeros(1, 3, 3)})
    with pytest.raises(DynnetError, match=r"'relu1_2' is \(7, 7\), the features give \(3, 3\)"):
        style_loss(features, {"relu1_2": torch.zeros(1, 7, 7)})
