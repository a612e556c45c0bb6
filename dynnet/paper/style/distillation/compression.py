"""The student's start: VGG19's own layers, made narrow or of low rank.

Of a narrow layer keep the teacher's channels that best reconstruct all of them, and fold the reconstruction into the
next layer's weights. A layer of low rank keeps the directions in which the teacher's answers vary. Every fold is fitted
on the student's own activations, so that a layer also makes good for what the layers before it lost.
"""

from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.paper.style.distillation.low_rank import set_low_rank
from dynnet.paper.style.losses.vgg import VGGTrunk, relu_name
from dynnet.paper.style.losses.vgg19_lite import VGG19Lite

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
def compress(teacher: VGGTrunk, batches: Iterable[Tensor], samples: int = 120) -> VGG19Lite:
    """A `VGG19Lite` whose layers are chosen and fitted on pictures.

    Args:
        teacher: VGG19 up to conv3_4.
        batches: pictures (B, 3, H, W) in [0, 1]; a few hundred crops are enough.
        samples: positions drawn from each picture and layer for the least squares.
    """
    student, pictures = VGG19Lite(), list(batches)
    wanted = [teacher.activations(x) for x in pictures]
    z_teacher = z_student = [(x - student.mean) / student.std for x in pictures]
    draws = torch.Generator().manual_seed(0)
    for name, conv in student.convs.items():
        relu, original = relu_name(name), teacher.convs[name]
        if name.endswith("_1") and name != "conv1_1":
            z_teacher, z_student = ([F.max_pool2d(z, 2) for z in batches] for batches in (z_teacher, z_student))
        fold = torch.eye(3) if name == "conv1_1" else _fit(z_student, z_teacher, samples, draws)
        weight = torch.einsum("ochw,ck->okhw", original.weight, fold)
        if isinstance(conv, nn.Sequential):
            set_low_rank(conv, weight, original.bias, torch.cat([_positions(original(z)) for z in z_teacher]))
        else:
            kept = choose_channels(sum(a.T @ a for a in (_positions(w[relu]) for w in wanted)), conv.out_channels)
            conv.weight.copy_(weight[kept])
            conv.bias.copy_(original.bias[kept])
        z_teacher, z_student = [w[relu] for w in wanted], [F.relu(conv(z)) for z in z_student]
        if relu == "relu1_2":
            student.readout.weight.copy_(_fit(z_student, z_teacher, samples, draws)[:, :, None, None])
            student.readout.bias.zero_()
    return student


def _fit(kept: list[Tensor], full: list[Tensor], samples: int, draws: torch.Generator) -> Tensor:
    """`reconstruction` of a layer's activations, (B, C, H, W) in every batch, from as many positions of each."""
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
