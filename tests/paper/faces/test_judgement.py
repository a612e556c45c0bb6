"""The judge's accuracy is measured on the faces at hand, and where there are none it is said whose number it is."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.paper.faces.classification import held_out_accuracy
from dynnet.paper.faces.classifier import AttributeClassifier
from dynnet.paper.faces.dataset import Faces
from dynnet.paper.faces.judgement import judge
from dynnet.paper.faces.stand_ins import STAND_INS

HELD_OUT = {"faces": 4321, "name": "CelebA, held out", "accuracy": {"Male": 0.95, "Bald": 0.9}}


class Red(AttributeClassifier):
    """Says Male of red faces and Bald of none."""

    def scores(self, x: Tensor) -> Tensor:
        red = x[:, 0].mean((1, 2))
        return torch.stack([red, torch.zeros_like(red)], 1)


def faces(name: str = "CelebA", wrong: int = 0) -> Faces:
    """Sixty faces, the last twenty of another partition: every second is red and Male, but for `wrong` of the last."""
    ids = np.concatenate([np.arange(1, 41), np.arange(162_771, 162_791)])
    male = np.arange(60) % 2 == 0
    squares = np.zeros((60, 64, 64, 3), np.uint8)
    squares[male, :, :, 0] = 255
    squares[:, 0, 0, 2] = np.arange(60)  # no face is a copy of another
    labels = male.copy()
    labels[60 - wrong :] ^= True
    return Faces(squares, pd.DataFrame({"Male": labels, "Bald": np.zeros(60, bool)}), ids, name)


@pytest.mark.parametrize("wrong", [0, 1, 5, 20])
def test_labelled_faces_decide_and_not_the_record(wrong: int) -> None:
    found = judge(Red(["Male", "Bald"], 1), faces(wrong=wrong), HELD_OUT)
    assert found.accuracy == {"Male": pytest.approx(1 - wrong / 20), "Bald": 1.0}
    assert found.measured and (found.faces, found.name) == (20, "CelebA, held out")
    kept = faces(wrong=wrong).split_by_person()[1]
    table = held_out_accuracy(Red(["Male", "Bald"], 1), kept).set_index("attribute").accuracy
    assert dict(table) == pytest.approx(dict(found.accuracy))
    assert str(found) == "measured here: 20 faces, CelebA, held out"
    assert found.table().loc["measured here", "Male"] == pytest.approx(1 - wrong / 20)
    assert found.table().loc["after the training", "Male"] == 0.95
    kept = {"accuracy": {"Male": round(1 - wrong / 20, 4), "Bald": 1.0}, "after_the_training": HELD_OUT["accuracy"]}
    assert found.as_json() == {"faces": 20, "name": "CelebA, held out", "measured_here": True} | kept


def test_faces_that_the_judge_labelled_itself_are_not_measured_on() -> None:
    found = judge(Red(["Male", "Bald"], 1), faces(STAND_INS), HELD_OUT)
    assert found.accuracy == HELD_OUT["accuracy"] and not found.measured
    assert str(found) == "measured after the training, no labelled faces are at hand: 4,321 faces, CelebA, held out"
    assert list(found.table().index) == ["after the training"]


@pytest.mark.parametrize("held_out", [{}, {"faces": 3, "name": "x"}, {"faces": "x", "name": "x", "accuracy": {}}])
def test_a_manifest_that_says_nothing(held_out: dict) -> None:
    with pytest.raises(DynnetError, match="expected the classifier's held-out accuracy in the manifest"):
        judge(Red(["Male", "Bald"], 1), faces(), held_out)


def test_faces_without_the_attribute() -> None:
    with pytest.raises(DynnetError, match="expected faces with the attribute 'Young'"):
        judge(Red(["Male", "Young"], 1), faces(), HELD_OUT)
