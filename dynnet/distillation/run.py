"""`dynnet distill` from end to end: prune, fine-tune, measure."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import torch
from lightning_fabric import Fabric
from torch import Tensor

from dynnet.checkpoints import record, save_checkpoint
from dynnet.data.batches import PhotoBatches
from dynnet.data.photos import Photos, find_pictures, load_photos
from dynnet.data.pictures import to_tensor
from dynnet.data.roots import training_photos
from dynnet.distillation.finetune import FINETUNE, finetune
from dynnet.distillation.pruning import prune
from dynnet.distillation.quality import mean_errors
from dynnet.fitting import FitReport, Schedule
from dynnet.losses.vgg import VGGTrunk
from dynnet.losses.vgg19_lite import VGG19Lite
from dynnet.losses.vgg_teachers import vgg19

CROP = 96
PHOTO_SIZE = 256
PRUNING_BATCHES = 24  # of 8 crops


def distill(
    teacher: VGGTrunk,
    photos: Photos,
    styles: Photos | None,
    held_out: Photos,
    schedule: Schedule = FINETUNE,
    state: Path | None = None,
    fabric: Fabric | None = None,
) -> tuple[VGG19Lite, dict, FitReport]:
    """A `VGG19Lite` that answers like `teacher`.

    Args:
        photos, styles: what is learned from; a quarter of every batch is of `styles`, where there are any.
        held_out: photos that are only measured on.
        state: file that a killed run goes on from.

    Returns:
        The student in eval mode, {"start": ..., "end": ...} with `mean_errors` on the held-out photos before and after
        fine-tuning, and the report of the fit.
    """
    mixture = [PhotoBatches(photos, 6, CROP, scale=(0.4, 1.0), seed=1)]
    mixture.append(PhotoBatches(styles or photos, 2, CROP, scale=(0.4, 1.0), seed=2))
    student = prune(teacher, (torch.cat([m.batch_at(step) for m in mixture]) for step in range(PRUNING_BATCHES)))
    errors = {"start": mean_errors(student.eval(), teacher, whole(held_out))}
    report = finetune(student, teacher, mixture, schedule, state, fabric)
    errors["end"] = mean_errors(student.eval(), teacher, whole(held_out))
    return student, errors, report


def distill_to(
    out: Path, root: Path | None, teacher: str, steps: int, runs: Path, cache: Path, command: str
) -> tuple[Path, dict]:
    """Distils from a data root's photos and styles into `out`/vgg19_lite.safetensors, with its manifest line.

    Args:
        teacher: an npz, `imagenet` for torchvision's VGG19, or "" for root/vgg19/vgg19_relu3_4.npz where it exists and
            else torchvision's.

    Returns:
        The checkpoint's path, and the held-out errors as `distill` gives them.
    """
    npz = Path(root or ".") / "vgg19" / "vgg19_relu3_4.npz"
    source = teacher or (str(npz) if npz.is_file() else "imagenet")
    photos, held_out = training_photos(root, PHOTO_SIZE, cache)
    styles = None
    if root is not None and (root / "styles").is_dir():
        styles = load_photos(find_pictures(root / "styles"), PHOTO_SIZE, cache, "style pictures")
    schedule = replace(FINETUNE, steps=steps)
    student, errors, report = distill(vgg19(source), photos, styles, held_out, schedule, runs / "distill" / "state.pt")
    path = out / "vgg19_lite.safetensors"
    weights = {name: value.half() for name, value in student.state_dict().items()}
    save_checkpoint(path, weights, {"network": "vgg19_lite", "taps": list(student.taps)})
    entry = {
        "command": command,
        "steps": report.steps,
        "minutes": round(report.seconds / 60, 1),
        "data": f"{len(photos)} x {photos.name}, {len(styles) if styles else 0} style pictures, {PHOTO_SIZE} px",
        "held_out": f"{len(held_out)} x {held_out.name}",
        "relative_errors": errors,
    }
    record(out, path, entry)
    return path, errors


def whole(photos: Photos, batch: int = 8) -> Iterator[Tensor]:
    """All photos, uncropped, in batches (B, 3, S, S) in [0, 1]."""
    for start in range(0, len(photos), batch):
        yield to_tensor(photos.squares[start : start + batch])
