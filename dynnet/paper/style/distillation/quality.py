"""How close a student's features and Gram matrices are to VGG19's."""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor, nn

from dynnet.paper.style.losses.gram import gram_matrix


def relative_errors(got: Mapping[str, Tensor], wanted: Mapping[str, Tensor]) -> tuple[dict, dict]:
    r"""Squared error over squared size, :math:`\|s - t\|^2 / \|t\|^2`, per tap: of features and of Gram matrices.

    Returns two dictionaries {tap: scalar tensor}. Zero is perfect, one is as bad as answering nothing.
    """
    features, grams = {}, {}
    for tap, t in wanted.items():
        s = got[tap]
        features[tap] = (s - t).square().sum() / t.square().sum()
        gram_s, gram_t = gram_matrix(s), gram_matrix(t)
        grams[tap] = (gram_s - gram_t).square().sum() / gram_t.square().sum()
    return features, grams


@torch.no_grad()
def mean_errors(student: nn.Module, teacher: nn.Module, batches: Iterable[Tensor]) -> dict[str, dict[str, float]]:
    """`relative_errors` averaged over batches: {"feature": {tap: value}, "gram": {tap: value}}."""
    found = [relative_errors(student(x), teacher(x)) for x in batches]
    return {
        kind: {tap: sum(errors[i][tap].item() for errors in found) / len(found) for tap in found[0][i]}
        for i, kind in enumerate(("feature", "gram"))
    }
