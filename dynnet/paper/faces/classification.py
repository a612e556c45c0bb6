"""What the classifier of face attributes minimises, and how well it does on faces that it has not seen (Figure 6)."""

import pandas as pd
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.objectives import Objective
from dynnet.paper.data.pictures import to_tensor
from dynnet.paper.faces.classifier import AttributeClassifier
from dynnet.paper.faces.dataset import Faces
from dynnet.paper.faces.labelled import labels_of


def attribute_objective() -> Objective:
    """What a classifier minimises: binary cross-entropy, its mean over faces and attributes; log 2 for one who guesses.

    Of logits (B, A) and of what the faces show, as `LabelledFaces` gives it.
    """
    return Objective(_AttributeTerms(), {"attributes": 1.0})


class _AttributeTerms(nn.Module):
    def forward(self, logits: Tensor, labels: Tensor) -> dict[str, Tensor]:
        # of the whole batch, and not of each face: another order of sums would be another classifier than the shipped
        return {"attributes": F.binary_cross_entropy_with_logits(logits, labels)}


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
    from torchmetrics.functional import classification as told  # slow to import

    share = labels.float().mean().item()
    mixed = 0 < share < 1
    balanced = (told.binary_recall(scores, labels) + told.binary_specificity(scores, labels)) / 2
    return {
        "accuracy": told.binary_accuracy(scores, labels).item(),
        "balanced_accuracy": balanced.item() if mixed else float("nan"),
        "share": share,
        "always": max(share, 1 - share),
        "auc": told.binary_auroc(scores, labels).item() if mixed else float("nan"),
    }
