"""The student's start: layer-wise least squares.

For each layer keep the teacher's channels that best reconstruct all of them, and fold the reconstruction into the
next layer's weights. Every reconstruction is fitted on the student's own activations, so that a layer also makes
good for what the layers before it lost.
"""

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor

from dynnet.losses.vgg import VGGTrunk, relu_name
from dynnet.losses.vgg19_lite import LITE_READOUTS, VGG19Lite

RIDGE = 1e-4  # relative to the mean diagonal: keeps nearly dead channels from getting huge weights


def choose_channels(moment: Tensor, count: int) -> list[int]:
    """The `count` channels from which all channels are best rebuilt by least squares, greedily.

    Each turn takes the channel that lowers the total squared residual most, then projects it out
    (Cholesky with pivoting on the residual's columns).

    Args:
        moment: (C, C) second moments A^T A of the activations, times any number.
    """
    residual, chosen = moment.double().clone(), []
    floor = 1e-10 * residual.diagonal().max()
    for _ in range(count):
        diagonal = residual.diagonal()
        gain = residual.square().sum(0) / diagonal.clamp_min(floor)
        gain[diagonal <= floor] = 0
        gain[chosen] = -1
        pick = int(gain.argmax())
        chosen.append(pick)
        column = residual[:, pick].clone()
        residual -= torch.outer(column, column) / column[pick].clamp_min(floor)
    return chosen


def reconstruction(kept: Tensor, full: Tensor) -> Tensor:
    """Least-squares map R with `full ~ kept R^T`. kept: (N, K), full: (N, C) -> R: (C, K).

    Without a constant term: zero padding must stay zero at the borders of the next convolution.
    """
    gram = kept.T.double() @ kept.double()
    gram += RIDGE * gram.diagonal().mean() * torch.eye(len(gram), dtype=gram.dtype)
    return torch.linalg.solve(gram, kept.T.double() @ full.double()).T.float()


@torch.no_grad()
def prune(teacher: VGGTrunk, batches: Iterable[Tensor], samples: int = 40) -> VGG19Lite:
    """A `VGG19Lite` whose layers are chosen and fitted on pictures.

    Args:
        teacher: VGG19 up to conv3_4.
        batches: pictures (B, 3, H, W) in [0, 1]; a few hundred crops are enough.
        samples: positions drawn from each picture and layer for the least squares.
    """
    student = VGG19Lite()
    pictures = list(batches)
    wanted = [teacher.activations(x) for x in pictures]
    z_student = [(x - student.mean) / student.std for x in pictures]
    fold = torch.eye(3)  # reconstruction of the previous layer's channels from the student's
    draws = torch.Generator().manual_seed(0)
    for name, conv in student.convs.items():
        relu = relu_name(name)
        if name.endswith("_1") and name != "conv1_1":
            z_student = [F.max_pool2d(z, 2) for z in z_student]
        rows = (_positions(w[relu]) for w in wanted)
        moment = sum(a.T @ a for a in rows)
        kept = choose_channels(moment, conv.out_channels)
        original = teacher.convs[name]
        conv.weight.copy_(torch.einsum("ochw,ck->okhw", original.weight[kept], fold))
        conv.bias.copy_(original.bias[kept])
        z_student = [F.relu(conv(z)) for z in z_student]
        fold = _fit(z_student, [w[relu] for w in wanted], samples, draws, pooled=_is_pooled(name, student))
        if relu in LITE_READOUTS:
            readout = _fit(z_student, [w[relu] for w in wanted], samples, draws, pooled=False)
            student.readouts[relu].weight.copy_(readout[:, :, None, None])
            student.readouts[relu].bias.zero_()
    return student


def _is_pooled(name: str, student: VGGTrunk) -> bool:
    """Whether the layer's activations are max-pooled before they are used next."""
    names = list(student.convs)
    following = names[names.index(name) + 1 :]
    return bool(following) and following[0].endswith("_1")


def _fit(kept: list[Tensor], full: list[Tensor], samples: int, draws: torch.Generator, pooled: bool) -> Tensor:
    """`reconstruction` of a layer's activations, (B, C, H, W) in every batch, from as many positions of each."""
    if pooled:
        kept, full = [F.max_pool2d(z, 2) for z in kept], [F.max_pool2d(z, 2) for z in full]
    rows_kept, rows_full = [], []
    for a, b in zip(kept, full, strict=True):
        places = torch.randint(a.shape[2] * a.shape[3], (samples,), generator=draws)
        rows_kept.append(_positions(a, places))
        rows_full.append(_positions(b, places))
    return reconstruction(torch.cat(rows_kept), torch.cat(rows_full))


def _positions(z: Tensor, places: Tensor | None = None) -> Tensor:
    """Activations as rows: (B, C, H, W) -> (B P, C), at the given places or at all of them."""
    flat = z.flatten(2)  # (B, C, HW)
    if places is not None:
        flat = flat[:, :, places]
    return flat.transpose(1, 2).reshape(-1, z.shape[1])
