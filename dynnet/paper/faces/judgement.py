"""How far the judge of faces can be trusted: measured where there are labelled faces, quoted where there are none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dynnet.errors import DynnetError
from dynnet.paper.faces.classification import held_out_accuracy
from dynnet.paper.faces.classifier import AttributeClassifier
from dynnet.paper.faces.dataset import Faces
from dynnet.paper.faces.stand_ins import STAND_INS


@dataclass(frozen=True)
class Judgement:
    """How often a classifier is right on faces of persons that its training has not shown.

    Attributes:
        accuracy: {attribute: share of the faces, in [0, 1]}; those measured here, or else the quoted ones.
        quoted: what was measured right after the training, of every attribute.
        faces, name: how many faces `accuracy` is of, and which.
        measured: whether it was measured here.
    """

    accuracy: Mapping[str, float]
    quoted: Mapping[str, float]
    faces: int
    name: str
    measured: bool

    def __str__(self) -> str:
        """`measured here on 9,486 faces: CelebA, held out`, or that it was measured after the training."""
        where = "measured here" if self.measured else "measured after the training, no labelled faces are at hand"
        return f"{where}: {self.faces:,} faces, {self.name}"

    def as_json(self) -> dict[str, Any]:
        """The same for the record of a figure."""
        told = {"faces": self.faces, "name": self.name, "measured_here": self.measured}
        rounded = {attribute: round(value, 4) for attribute, value in self.accuracy.items()}
        return told | {"accuracy": rounded, "after_the_training": dict(self.quoted)}

    def table(self) -> pd.DataFrame:
        """A row for each number that there is, named by where it is from, and a column for each attribute."""
        rows = {"measured here": self.accuracy} if self.measured else {}
        return pd.DataFrame.from_dict(rows | {"after the training": self.quoted}, orient="index")


def judge(classifier: AttributeClassifier, faces: Faces, held_out: Mapping[str, Any]) -> Judgement:
    """Measures a classifier on the faces at hand; those of our own generators cannot judge their judge.

    Args:
        faces: all of a data root; of them those that training would hold out are measured on.
        held_out: what the manifest says of the classifier: {"faces", "name", "accuracy"}.

    Raises:
        DynnetError: the manifest says nothing of it; or what `held_out_accuracy` and `Faces.split_by_person` raise.
    """
    try:
        quoted, count, name = dict(held_out["accuracy"]), int(held_out["faces"]), str(held_out["name"])
    except (KeyError, TypeError, ValueError) as error:
        raise DynnetError(
            "expected the classifier's held-out accuracy in the manifest, got none; train it again"
        ) from error
    if faces.name.startswith(STAND_INS):
        return Judgement(quoted, quoted, count, name, measured=False)
    _, kept = faces.split_by_person()
    table = held_out_accuracy(classifier, kept)
    accuracy = {row.attribute: float(row.accuracy) for row in table.itertuples()}
    return Judgement(accuracy, quoted, len(kept), kept.name, measured=True)
