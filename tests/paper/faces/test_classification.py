"""Training tells attributes that are there to be told, and the held-out table is what the plain formulas give."""

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from dynnet.errors import DynnetError
from dynnet.launching import Run
from dynnet.paper.faces.classification import attribute_objective, held_out_accuracy
from dynnet.paper.faces.classifier import AttributeClassifier
from dynnet.paper.faces.dataset import Faces
from dynnet.paper.faces.labelled import LabelledFaces
from dynnet.schedule import Schedule
from dynnet.states import FitReport
from dynnet.training import train_main
from tests.kills import Killed

COLUMNS = ["attribute", "accuracy", "balanced_accuracy", "share", "always", "auc"]


def made(count: int, seed: int = 0, size: int = 64) -> Faces:
    """Noise that is redder for those who are Red and brighter below for those who are Low; Coin cannot be seen."""
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({name: rng.random(count) < 0.4 for name in ("Red", "Low", "Coin")})
    squares = rng.integers(60, 140, (count, size, size, 3))
    squares[table["Red"], :, :, 0] += 60
    squares[table["Low"], size // 2 :] += 60
    return Faces(squares.astype(np.uint8), table, np.arange(count), "made")


class Reader(AttributeClassifier):
    """Reads its scores from the colours of the first pixel."""

    def scores(self, x: Tensor) -> Tensor:
        return x[:, : len(self.attributes), 0, 0]


def read(scores: list[list[int]], shown: list[list[int]]) -> pd.DataFrame:
    """The table of faces with these scores, of 255, and attributes."""
    squares = np.zeros((len(scores), 64, 64, 3), np.uint8)
    squares[:, 0, 0] = scores
    table = pd.DataFrame(np.array(shown) == 1, columns=["a", "b", "c"])
    return held_out_accuracy(Reader(["a", "b", "c"], 1), Faces(squares, table, np.arange(len(scores)), "read"), batch=2)


def weights(classifier: nn.Module) -> list[Tensor]:
    return [value.clone() for value in classifier.state_dict().values()]


def equal(a: list[Tensor], b: list[Tensor]) -> bool:
    return all(torch.equal(x, y) for x, y in zip(a, b, strict=True))


def classifier(attributes: tuple[str, ...] = ("Red", "Low"), width: int = 2) -> AttributeClassifier:
    torch.manual_seed(3)
    return AttributeClassifier(attributes, width)


def train(
    net: AttributeClassifier, faces: Faces, schedule: Schedule, batch: int, seed: int = 0, run: Run | None = None
) -> FitReport:
    return train_main(net, attribute_objective(), LabelledFaces(faces, net.attributes, batch, seed), schedule, run)


def test_it_learns_what_can_be_seen_and_nothing_else() -> None:
    net = classifier(("Low", "Coin", "Red"), 4)
    report = train(net, made(256), Schedule(50, 0.02), batch=16)
    assert not net.training and report.steps == 50
    assert report.history[-1]["total"] < report.history[0]["total"]
    table = held_out_accuracy(net, made(150, seed=1)).set_index("attribute")
    assert (table.loc[["Low", "Red"], ["accuracy", "balanced_accuracy", "auc"]] > 0.9).all(axis=None)
    assert abs(table.loc["Coin", "balanced_accuracy"] - 0.5) < 0.2 and abs(table.loc["Coin", "auc"] - 0.5) < 0.2


def test_the_loss_of_one_who_guesses_is_log_2() -> None:
    net = classifier()
    nn.init.zeros_(net.out.weight)
    nn.init.zeros_(net.out.bias)
    history = train(net, made(8), Schedule(1, 1e-3, one_cycle=False), batch=4).history
    told = pytest.approx(math.log(2))
    assert history == [{"step": 1, "total": told, "attributes": told}]


def test_a_killed_training_goes_on_with_the_same_bits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def until_step_28(batches: LabelledFaces, step: int) -> tuple[Tensor, Tensor]:
        if step == 28:
            raise Killed
        return batch_at(batches, step)

    batch_at = LabelledFaces.batch_at
    through, run = classifier(width=1), Run(state=tmp_path / "state", save_every=25)
    train(through, made(16), Schedule(30, 0.01), batch=2)
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(LabelledFaces, "batch_at", until_step_28)
        train(classifier(width=1), made(16), Schedule(30, 0.01), batch=2, run=run)
    resumed = AttributeClassifier(("Red", "Low"), 1)
    train(resumed, made(16), Schedule(30, 0.01), batch=2, run=run)
    assert equal(weights(resumed), weights(through))


def test_the_seed_changes_what_is_shown() -> None:
    trained = []
    for seed in (0, 0, 1):
        net = classifier(width=1)
        train(net, made(16), Schedule(2, 0.01, one_cycle=False), batch=4, seed=seed)
        trained.append(weights(net))
    assert equal(trained[0], trained[1]) and not equal(trained[0], trained[2])


def test_faces_that_cannot_be_trained_on() -> None:
    with pytest.raises(DynnetError, match="made: expected at least 9 faces for a batch of 9, got 8"):
        train(classifier(), made(8), Schedule(8, 0.01), batch=9)
    for use in (
        lambda net: train(net, made(8), Schedule(8, 0.01), batch=4),
        lambda net: held_out_accuracy(net, made(8)),
    ):
        with pytest.raises(DynnetError, match="made: expected faces with the attribute 'Hat', got Red, Low, Coin"):
            use(classifier(("Red", "Hat")))
    with pytest.raises(DynnetError, match=r"takes \(B, 3, 64, 64\), got \(4, 3, 32, 32\); resize"):
        train(classifier(), made(8, size=32), Schedule(8, 0.01), batch=4)
    with pytest.raises(DynnetError, match=r"takes \(B, 3, 64, 64\), got \(8, 3, 32, 32\); resize"):
        held_out_accuracy(classifier(), made(8, size=32))


def test_the_held_out_table_by_hand() -> None:
    scores = [[200, 10, 90], [150, 20, 80], [100, 30, 70], [50, 40, 60], [10, 50, 50]]
    table = read(scores, [[1, 0, 0], [0, 0, 1], [1, 0, 0], [0, 0, 1], [0, 1, 1]])
    assert list(table.columns) == COLUMNS and table["attribute"].tolist() == ["a", "b", "c"]
    # a: of two who have it one is told, of three who lack it two; of the six pairs five are in order
    a, b, c = table[COLUMNS[1:]].to_numpy()
    assert a == pytest.approx([3 / 5, (1 / 2 + 2 / 3) / 2, 2 / 5, 3 / 5, 5 / 6])
    # b: never said to be there, but in perfect order
    assert b == pytest.approx([4 / 5, 1 / 2, 1 / 5, 4 / 5, 1])
    # c: never said to be there, and one pair of six in order
    assert c == pytest.approx([2 / 5, 1 / 2, 3 / 5, 3 / 5, 1 / 6])


def test_what_all_or_none_have_has_no_balanced_accuracy() -> None:
    table = read([[200, 200, 10], [200, 10, 20], [200, 10, 200]], [[1, 0, 1], [1, 0, 0], [1, 0, 1]])
    assert table["accuracy"].tolist() == pytest.approx([1, 2 / 3, 2 / 3])
    assert table["share"].tolist() == pytest.approx([1, 0, 2 / 3]) and table["always"].tolist()[:2] == [1, 1]
    assert table[["balanced_accuracy", "auc"]].isna().all(axis=1).tolist() == [True, True, False]


def test_measuring_depends_on_no_batch_and_leaves_the_classifier_as_it_was() -> None:
    net = classifier().train()
    before = weights(net)
    whole = held_out_accuracy(net, made(10))
    assert net.training and equal(weights(net), before)
    pd.testing.assert_frame_equal(held_out_accuracy(net.eval(), made(10), batch=3), whole)
    assert not net.training
