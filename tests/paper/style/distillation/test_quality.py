"""Relative errors: zero is perfect, one is as bad as answering nothing."""

import pytest
import torch

from dynnet.paper.style.distillation.quality import mean_errors, relative_errors
from tests.tiny import TinyFeatures

WANTED = {"relu1_2": torch.rand(2, 3, 4, 4), "relu2_2": torch.rand(2, 5, 2, 2)}


def test_zero_for_the_teachers_own_answer_and_one_for_none() -> None:
    for answer, error in ((WANTED, 0.0), ({tap: torch.zeros_like(t) for tap, t in WANTED.items()}, 1.0)):
        features, grams = relative_errors(answer, WANTED)
        assert features.keys() == grams.keys() == WANTED.keys()
        assert [e.item() for e in (*features.values(), *grams.values())] == [error] * 4


def test_values_for_features_of_another_strength() -> None:
    features, grams = relative_errors({tap: 1.1 * t for tap, t in WANTED.items()}, WANTED)
    assert [e.item() for e in features.values()] == pytest.approx([0.01] * 2, rel=1e-4)
    assert [e.item() for e in grams.values()] == pytest.approx([0.21**2] * 2, rel=1e-4)


def test_the_scale_of_the_teacher_does_not_matter() -> None:
    got = {tap: torch.rand_like(t) for tap, t in WANTED.items()}
    large = [{tap: 50 * t for tap, t in features.items()} for features in (got, WANTED)]
    for a, b in zip(relative_errors(got, WANTED), relative_errors(*large), strict=True):
        assert {tap: e.item() for tap, e in a.items()} == pytest.approx({tap: e.item() for tap, e in b.items()})


def test_grams_do_not_see_places() -> None:
    flipped = {tap: t.flip(-1) for tap, t in WANTED.items()}
    features, grams = relative_errors(flipped, WANTED)
    assert min(features.values()) > 0.01 and max(grams.values()) < 1e-10


def test_means_over_batches() -> None:
    student, teacher = TinyFeatures(), TinyFeatures()
    batches = [torch.rand(2, 3, 8, 8) for _ in range(3)]
    found = mean_errors(student, teacher, batches)
    each = [relative_errors(student(x), teacher(x)) for x in batches]
    for kind, index in (("feature", 0), ("gram", 1)):
        for tap in ("relu1_2", "relu2_2"):
            assert found[kind][tap] == pytest.approx(sum(e[index][tap].item() for e in each) / 3)
