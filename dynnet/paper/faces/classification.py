"""Trains the classifier of face attributes and measures it on faces that it has not seen (Figure 6)."""

import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torchmetrics.functional.classification import (
    binary_accuracy,
    binary_auroc,
    binary_recall,
    binary_specificity,
)

from dynnet.fitting import fit
from dynnet.launching import Run
from dynnet.paper.data.pictures import to_tensor
from dynnet.paper.faces.classifier import AttributeClassifier
from dynnet.paper.faces.dataset import Faces
from dynnet.paper.faces.labelled import LabelledFaces, labels_of
from dynnet.schedule import Schedule
from dynnet.states import FitReport


def train_classifier(
    classifier: AttributeClassifier,
    faces: Faces,
    schedule: Schedule,
    batch: int = 64,
    seed: int = 0,
    run: Run | None = None,
) -> FitReport:
    """All weights minimise the binary cross-entropy, its mean over faces and attributes: log 2 for one who guesses.

    Args:
        classifier: trained in place, and left in eval mode.
        faces: of 64 pixels; shown altered as `LabelledFaces` does.
        batch: faces in a step.
        seed: of the order and the alterations; the initial weights are the caller's.
        run: device, state file and the like; default `Run()`.

    Raises:
        DynnetError: the faces lack an attribute, are fewer than a batch or not of 64 pixels; or what `fit` raises.
    """
    run = run or Run()
    batches = LabelledFaces(faces, classifier.attributes, batch, seed)

    def losses(wrapped: nn.Module, step: int) -> dict[str, Tensor]:
        number = run.batch_number(step)
        x, labels = (part.to(run.launcher.device) for part in (batches.batch_at(number), batches.labels_at(number)))
        return {"total": F.binary_cross_entropy_with_logits(wrapped(x), labels)}

    classifier.train()
    report = fit(classifier, losses, schedule, run)
    classifier.eval()
    return report


def held_out_accuracy(classifier: AttributeClassifier, faces: Faces, batch: int = 256) -> pd.DataFrame:
    """How well the attributes of faces are told, in eval mode; a score above 0.5 says that a face has the attribute.

    Args:
        faces: of 64 pixels, and of persons that training has not shown (`Faces.split_by_person`).
        batch: faces scored at once; changes nothing but memory and time.

    Returns:
        A row per attribute, in the classifier's order, with the columns `attribute`; `accuracy`;
        `balanced_accuracy`, the mean of the accuracies on those who have it and those who lack it; `share`, of the
        faces that have it; `always`, the accuracy of always giving the commoner answer; and `auc`, the area under the
        ROC curve. All are in [0, 1]. Where all faces or none have the attribute, balanced accuracy and AUC are NaN.

    Raises:
        DynnetError: the faces lack an attribute or are not of 64 pixels.
    """
    labels = labels_of(faces, classifier.attributes).int()
    scores = _scores(classifier, faces, batch)
    columns = zip(classifier.attributes, scores.unbind(1), labels.unbind(1), strict=True)
    return pd.DataFrame([{"attribute": name, **_told(*column)} for name, *column in columns])


@torch.no_grad()
def _scores(classifier: AttributeClassifier, faces: Faces, batch: int) -> Tensor:
    """Scores of all faces, (N, A), on the CPU; the classifier's mode is left as it was."""
    device, training = next(classifier.parameters()).device, classifier.training
    classifier.eval()
    try:
        starts = range(0, len(faces), batch)
        scores = [classifier.scores(to_tensor(faces.squares[k : k + batch]).to(device)).cpu() for k in starts]
    finally:
        classifier.train(training)
    return torch.cat(scores)


def _told(scores: Tensor, labels: Tensor) -> dict[str, float]:
    """How well one attribute is told."""
    share = labels.float().mean().item()
    mixed = 0 < share < 1
    balanced = (binary_recall(scores, labels) + binary_specificity(scores, labels)) / 2
    return {
        "accuracy": binary_accuracy(scores, labels).item(),
        "balanced_accuracy": balanced.item() if mixed else float("nan"),
        "share": share,
        "always": max(share, 1 - share),
        "auc": binary_auroc(scores, labels).item() if mixed else float("nan"),
    }
