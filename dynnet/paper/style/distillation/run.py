"""`dynnet distill` from end to end: compress, fine-tune, measure."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from dynnet.checkpoints import record, save_checkpoint
from dynnet.fingerprint import fingerprint
from dynnet.paper.data.batches import PhotoBatches
from dynnet.paper.data.folders import find_pictures
from dynnet.paper.data.photos import Photos, load_photos
from dynnet.paper.data.pictures import centre_square, read_picture, to_tensor
from dynnet.paper.data.roots import training_photos
from dynnet.paper.style.distillation.compression import compress
from dynnet.paper.style.distillation.finetune import FINETUNE, finetune
from dynnet.paper.style.distillation.gatys import painted_style_losses
from dynnet.paper.style.distillation.quality import mean_errors
from dynnet.paper.style.losses.vgg import VGGTrunk
from dynnet.paper.style.losses.vgg19_lite import VGG19Lite
from dynnet.paper.style.losses.vgg_teachers import vgg19
from dynnet.schedule import Schedule
from dynnet.states import FitReport

BATCH = 8
CROP = 96
PHOTO_SIZE = 256
START_BATCHES = 24
EXAM_PAINTINGS = ("wave", "starry_night", "the_shipwreck_of_the_minotaur", "poppy_field")
EXAM_SIZE = 160


def distill(
    teacher: VGGTrunk,
    photos: Photos,
    styles: Photos | None,
    held_out: Photos,
    schedule: Schedule = FINETUNE,
    state: Path | None = None,
) -> tuple[VGG19Lite, dict, FitReport]:
    """A `VGG19Lite` that answers like `teacher`.

    Args:
        photos, styles: what is learned from; a quarter of every batch is of `styles`, where there are any.
        held_out: photos that are only measured on.
        state: file that a killed run goes on from; see `fit`.

    Returns:
        The student in eval mode, {"start": ..., "end": ...} with `mean_errors` on the held-out photos before and after
        fine-tuning, and the report of the fit.
    """
    mixture = [PhotoBatches(photos, BATCH - BATCH // 4, CROP, scale=(0.4, 1.0), seed=1)]
    mixture.append(PhotoBatches(styles or photos, BATCH // 4, CROP, scale=(0.4, 1.0), seed=2))
    student = compress(teacher, (torch.cat([m.batch_at(step) for m in mixture]) for step in range(START_BATCHES)))
    errors = {"start": mean_errors(student.eval(), teacher, _whole(held_out))}
    report = finetune(student, teacher, mixture, schedule, state)
    errors["end"] = mean_errors(student.eval(), teacher, _whole(held_out))
    return student, errors, report


def distill_to(
    out: Path, root: Path | None, teacher: str, steps: int, runs: Path, cache: Path, command: str
) -> tuple[Path, dict[str, Any]]:
    """Distils from a data root's photos and styles into `out`/vgg19_lite.safetensors, with its manifest line.

    Args:
        teacher: an npz, `imagenet` for torchvision's VGG19, or "" for root/vgg19/vgg19_relu3_4.npz where it exists and
            else torchvision's.
        steps: of the fine-tuning.
        runs, cache: folders of unfinished states and of decoded pictures.
        command: how to do it again; goes into the manifest.

    Returns:
        The checkpoint's path, and its manifest line: held-out errors as `distill` gives them, and, where the data root
        has them, style losses of pictures painted through it.
    """
    npz = Path(root or ".") / "vgg19" / "vgg19_relu3_4.npz"
    source = teacher or (str(npz) if npz.is_file() else "imagenet")
    photos, held_out = training_photos(root, PHOTO_SIZE, cache)
    styles = None
    if root is not None and (root / "styles").is_dir():
        styles = load_photos(find_pictures(root / "styles").paths, PHOTO_SIZE, cache, "style pictures")
    schedule = replace(FINETUNE, steps=steps)
    network = vgg19(source)
    identity = _digest(network, photos, styles, schedule)
    state = runs / "distill" / f"vgg19_lite-{identity}.state"
    student, errors, report = distill(network, photos, styles, held_out, schedule, state)
    path = out / "vgg19_lite.safetensors"
    weights = {name: value.half() for name, value in student.state_dict().items()}
    save_checkpoint(path, weights, {"network": "vgg19_lite", "taps": list(student.taps)})
    entry = {
        "command": command,
        "identity": identity,
        "steps": report.steps,
        "minutes": round(report.seconds / 60, 1),
        "data": f"{len(photos)} x {photos.name}, {len(styles) if styles else 0} style pictures, {PHOTO_SIZE} px",
        "held_out": f"{len(held_out)} x {held_out.name}",
        "relative_errors": errors,
    }
    if exam := _exam_styles(root, held_out):
        student.frozen()
        content = to_tensor(centre_square(held_out[1], EXAM_SIZE))
        entry["painted_style_losses"] = painted_style_losses(student, network, content, exam)
    record(out, path, entry)
    return path, entry


def _digest(teacher: VGGTrunk, photos: Photos, styles: Photos | None, schedule: Schedule) -> str:
    """A hash of all that goes into the student: a state is gone on from by the same alone."""
    told = [fingerprint(teacher), photos.fingerprint, styles.fingerprint if styles else "", asdict(schedule)]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def _exam_styles(root: Path | None, held_out: Photos) -> dict[str, Tensor]:
    """Four paintings and a held-out photo as styles; nothing where the paintings are not at hand."""
    paintings = [root / "styles" / f"{name}.jpg" for name in EXAM_PAINTINGS] if root else []
    if not paintings or not all(path.is_file() for path in paintings):
        return {}
    squares = {path.stem: centre_square(read_picture(path), EXAM_SIZE) for path in paintings}
    squares["a photo"] = centre_square(held_out[0], EXAM_SIZE)
    return {name: to_tensor(square) for name, square in squares.items()}


def _whole(photos: Photos) -> Iterator[Tensor]:
    """All photos, uncropped, in batches (B, 3, S, S) in [0, 1]."""
    for start in range(0, len(photos), BATCH):
        yield to_tensor(photos.squares[start : start + BATCH])
