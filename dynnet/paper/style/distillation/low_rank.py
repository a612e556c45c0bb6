"""A layer's answers in few directions: principal components before its ReLU (after Zhang et al. 2016)."""

import torch
from torch import Tensor, nn


def principal_directions(answers: Tensor, rank: int) -> tuple[Tensor, Tensor]:
    """The `rank` directions in which answers vary most, and their mean. answers: (N, C) -> (C, rank), (C,)."""
    mean = answers.mean(0)
    centred = (answers - mean).double()
    _, vectors = torch.linalg.eigh(centred.T @ centred)  # ascending
    return vectors.flip(1)[:, :rank].float(), mean


@torch.no_grad()
def set_low_rank(conv: nn.Sequential, weight: Tensor, bias: Tensor, answers: Tensor) -> None:
    """Sets a `low_rank_conv` to a full convolution's answers, projected on their principal directions.

    Args:
        conv: a 3x3 convolution without bias to as many channels as there are directions, and a 1x1 one.
        weight, bias: the full convolution, (O, I, 3, 3) and (O,).
        answers: what the full convolution gives before its ReLU, (N, O).
    """
    directions, mean = principal_directions(answers, conv[0].out_channels)  # (O, R)
    conv[0].weight.copy_(torch.einsum("or,oihw->rihw", directions, weight))
    conv[1].weight.copy_(directions[:, :, None, None])
    conv[1].bias.copy_(mean + (bias - mean) @ directions @ directions.T)
