"""Fine-tuning of the student against VGG19 on photos and style pictures."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.fitting import fit
from dynnet.launching import Run
from dynnet.paper.data.batches import PhotoBatches
from dynnet.paper.progress import terminal_bar
from dynnet.paper.style.distillation.quality import relative_errors
from dynnet.paper.style.losses.vgg import VGGTrunk
from dynnet.schedule import Schedule
from dynnet.states import FitReport

GRAM_WEIGHT = 0.3
FINETUNE = Schedule(steps=2000, rate=3e-4, one_cycle=True, clip=1.0)


def finetune(
    student: nn.Module,
    teacher: VGGTrunk,
    batches: Sequence[PhotoBatches],
    schedule: Schedule = FINETUNE,
    state: Path | None = None,
) -> FitReport:
    """Minimise relative feature error + 0.3 x relative Gram error at the three taps.

    Args:
        student: trained in place.
        batches: sources mixed in every batch (photos, style pictures).
        state: file that a killed run goes on from; see `fit`.

    Returns and raises what `fit` does.
    """

    def losses(module: nn.Module, step: int) -> dict[str, Tensor]:
        x = disturb(torch.cat([source.batch_at(step) for source in batches]), step)
        with torch.no_grad():
            wanted = teacher(x)
        features, grams = relative_errors(module(x), wanted)
        feature, gram = torch.stack(list(features.values())).sum(), torch.stack(list(grams.values())).sum()
        return {"total": feature + GRAM_WEIGHT * gram, "feature": feature, "gram": gram}

    return fit(student, losses, schedule, Run(state=state, name="distill", progress=terminal_bar("distill")))


def disturb(x: Tensor, step: int) -> Tensor:
    """Noise, contrast and low-frequency colour on half of the crops, drawn from the step.

    The student is used on pictures under optimisation, which are not natural: it must hold there too.

    Shape: x (B, 3, H, W) in [0, 1], and so is what comes back.
    """
    rng = np.random.default_rng((271828, step))
    out = x.clone()
    for i in range(len(x)):
        kind = rng.integers(6)
        if kind == 0:
            noise = torch.from_numpy(rng.standard_normal(x.shape[1:], dtype=np.float32))
            out[i] += float(rng.uniform(0.02, 0.25)) * noise
        elif kind == 1:
            out[i] = 0.5 + (out[i] - 0.5) * float(rng.uniform(0.3, 1.8))
        elif kind == 2:
            cells = torch.from_numpy(rng.standard_normal((1, 3, 4, 4), dtype=np.float32))
            out[i] += 0.15 * F.interpolate(cells, x.shape[2:], mode="bicubic")[0]
    return out.clamp(0, 1)
