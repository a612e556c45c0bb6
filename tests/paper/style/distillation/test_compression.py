"""The start: narrow layers keep the channels from which the others follow, and the whole answers like its teacher."""

import pytest
import torch
from torch import Tensor

from dynnet.paper.style.distillation.compression import choose_channels, compress, reconstruction
from dynnet.paper.style.distillation.quality import mean_errors
from dynnet.paper.style.losses.vgg19_lite import VGG19Lite
from dynnet.paper.style.losses.vgg_teachers import vgg19


def moment(activations: Tensor) -> Tensor:
    return activations.T @ activations / len(activations)


def residual(activations: Tensor, kept: list[int]) -> float:
    """What least squares from the kept channels leaves of all of them."""
    found = torch.linalg.lstsq(activations[:, kept], activations).solution
    return (activations - activations[:, kept] @ found).square().mean().item()


def test_channels_that_follow_from_others_are_left_out() -> None:
    basis = torch.rand(200, 3, dtype=torch.float64)
    weights = torch.rand(3, 8, dtype=torch.float64)
    activations = basis @ weights  # eight channels, three dimensions
    kept = choose_channels(moment(activations), 3)
    assert len(set(kept)) == 3 and residual(activations, kept) < 1e-12


def test_of_copies_one_is_taken() -> None:
    one, two = torch.rand(2, 100)
    activations = torch.stack([one, one, two, 3 * one], dim=1)
    kept = choose_channels(moment(activations), 2)
    assert 2 in kept and len(set(kept) & {0, 1, 3}) == 1


def test_dead_channels_come_last() -> None:
    activations = torch.rand(100, 5)
    activations[:, [1, 3]] = 0
    assert set(choose_channels(moment(activations), 3)) == {0, 2, 4}
    assert sorted(choose_channels(moment(activations), 5)) == [0, 1, 2, 3, 4]


def test_the_first_choice_is_the_best_one() -> None:
    activations = torch.randn(300, 6, dtype=torch.float64) @ torch.randn(6, 6, dtype=torch.float64)
    best = min(range(6), key=lambda channel: residual(activations, [channel]))
    assert choose_channels(moment(activations), 1) == [best]


def test_more_channels_never_reconstruct_worse() -> None:
    activations = torch.randn(300, 10, dtype=torch.float64) @ torch.randn(10, 10, dtype=torch.float64)
    kept = choose_channels(moment(activations), 10)
    errors = [residual(activations, kept[:count]) for count in range(1, 11)]
    assert errors == sorted(errors, reverse=True) and errors[-1] == pytest.approx(0, abs=1e-12)


def test_reconstruction_finds_the_linear_map() -> None:
    kept, wanted = torch.rand(500, 4), torch.rand(7, 4)
    torch.testing.assert_close(reconstruction(kept, kept @ wanted.T), wanted, atol=5e-3, rtol=0)


def test_reconstruction_survives_a_dead_channel() -> None:
    kept = torch.rand(100, 3)
    kept[:, 1] = 0
    found = reconstruction(kept, torch.rand(100, 5))
    assert torch.isfinite(found).all() and found.abs().max() < 10


def test_a_compressed_student_answers_like_its_teacher() -> None:
    teacher = vgg19("random")
    student = compress(teacher, [torch.rand(2, 3, 24, 24) for _ in range(2)], samples=300)
    unseen = [torch.rand(1, 3, 24, 24)]
    compressed, untrained = mean_errors(student, teacher, unseen), mean_errors(VGG19Lite(), teacher, unseen)
    for tap, error in compressed["feature"].items():
        assert error < 0.4 and error < untrained["feature"][tap] / 3
    assert all(p.requires_grad for p in student.parameters())
