"""A training of every kind, tiny: from its state if there is one to its checkpoint and its line in the manifest."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.adversarial.fitting import Turn, fit_against
from dynnet.adversarial.settings import AdversarialSettings
from dynnet.blocks import TuningBlock
from dynnet.checkpoints import record, save_checkpoint
from dynnet.dynamic import DynamicNet
from dynnet.launching import Run
from dynnet.paper.faces.classification import attribute_objective
from dynnet.paper.faces.classifier import AttributeClassifier
from dynnet.paper.faces.dataset import Faces
from dynnet.paper.faces.labelled import LabelledFaces
from dynnet.paper.style.distillation.finetune import finetune
from dynnet.schedule import Schedule
from dynnet.states import FitReport
from dynnet.training import train_blocks, train_main
from tests.brightness import towards
from tests.tiny import BatchNormNet, Noise, TinyFeatures

SCHEDULE = Schedule(80, 0.01)
LONGER = Schedule(220, 0.01)  # its states are 100 steps apart
FILE = "trained.safetensors"

Fit = Callable[[Run], tuple[nn.ModuleList, FitReport]]


def main(run: Run) -> tuple[nn.ModuleList, FitReport]:
    network = BatchNormNet()
    return nn.ModuleList([network]), train_main(network, towards(0.3), Noise(), SCHEDULE, run)


def blocks(run: Run) -> tuple[nn.ModuleList, FitReport]:
    net = DynamicNet(BatchNormNet().eval(), {"norm": TuningBlock(4), "conv2": TuningBlock(4)})
    return nn.ModuleList([net.main, net.blocks]), train_blocks(net, towards(0.5), Noise(), SCHEDULE, run)


def adversarial(run: Run) -> tuple[nn.ModuleList, FitReport]:
    network = BatchNormNet().train()
    discriminator = nn.Sequential(nn.Conv2d(3, 4, 3, 2), nn.LeakyReLU(0.2), nn.Conv2d(4, 1, 3))

    def turns(wrapped: nn.Module, step: int, draws: torch.Generator) -> Turn:
        fakes = wrapped(torch.rand(2, 3, 8, 8, generator=draws))
        return Turn(Noise().batch_at(step), fakes, {"drawn": 0.1 * F.dropout(fakes).square().mean()})

    settings = AdversarialSettings(80, 0.002, augmentations=("colour", "translation", "cutout"))
    return nn.ModuleList([network, discriminator]), fit_against(network, network, discriminator, turns, settings, run)


def distillation(run: Run) -> tuple[nn.ModuleList, FitReport]:
    student, teacher = TinyFeatures(), TinyFeatures()
    return nn.ModuleList([student]), finetune(student, teacher, [Noise(2), Noise(1)], LONGER, run.state)


def classifier(run: Run) -> tuple[nn.ModuleList, FitReport]:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({name: rng.random(16) < 0.5 for name in ("Red", "Low")})
    faces = Faces(rng.integers(0, 256, (16, 64, 64, 3)).astype(np.uint8), table, np.arange(16), "made")
    network, batches = AttributeClassifier(("Red", "Low"), 1), LabelledFaces(faces, ("Red", "Low"), 4)
    return nn.ModuleList([network]), train_main(network, attribute_objective(), batches, Schedule(60, 0.01), run)


FITS: dict[str, Fit] = {fit.__name__: fit for fit in (main, blocks, adversarial, distillation, classifier)}


def train(kind: str, folder: Path) -> None:
    """What `dynnet train` does for a network: fit, save, record; the file tells the losses, too."""
    torch.manual_seed(7)
    networks, report = FITS[kind](Run(state=state_of(folder), save_every=25, name=kind, progress=lambda *_: None))
    tensors: dict[str, Tensor] = {f"weights.{name}": value for name, value in networks.state_dict().items()}
    save_checkpoint(folder / FILE, tensors, {"kind": kind, "history": report.history})
    record(folder, folder / FILE, {"steps": report.steps})


def state_of(folder: Path) -> Path:
    return folder / "runs" / "state"
