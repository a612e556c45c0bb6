"""Fine-tuning brings a student nearer to its teacher, on pictures that are disturbed reproducibly."""

from pathlib import Path

import pytest
import torch

from dynnet.fitting import Schedule
from dynnet.paper.style.distillation.finetune import GRAM_WEIGHT, disturb, finetune
from dynnet.paper.style.distillation.quality import mean_errors, relative_errors
from tests.tiny import Noise, TinyFeatures


def test_the_student_comes_nearer_and_the_teacher_stays() -> None:
    student, teacher = TinyFeatures(), TinyFeatures()
    before = [p.clone() for p in teacher.parameters()]
    unseen = [Noise(4).batch_at(1000)]
    start = mean_errors(student, teacher, unseen)
    finetune(student, teacher, [Noise(3), Noise(1)], Schedule(60, 0.02, clip=1.0))
    end = mean_errors(student, teacher, unseen)
    assert all(end["feature"][tap] < start["feature"][tap] / 2 for tap in start["feature"])
    assert all(p.grad is None and torch.equal(p, b) for p, b in zip(teacher.parameters(), before, strict=True))


def test_what_is_minimised_is_feature_error_plus_a_share_of_gram_error(tmp_path: Path) -> None:
    student, teacher = TinyFeatures(), TinyFeatures()
    x = disturb(torch.cat([Noise(2).batch_at(0), Noise(1).batch_at(0)]), 0)
    features, grams = (sum(e.item() for e in errors.values()) for errors in relative_errors(student(x), teacher(x)))
    schedule = Schedule(1, 1e-3, one_cycle=False)
    first = finetune(student, teacher, [Noise(2), Noise(1)], schedule, tmp_path / "state").history[0]
    assert first["feature"] == pytest.approx(features) and first["gram"] == pytest.approx(grams)
    assert first["total"] == pytest.approx(features + GRAM_WEIGHT * grams)
    assert (tmp_path / "state").is_file()


def test_disturbances_are_a_function_of_the_step() -> None:
    x = torch.rand(6, 3, 16, 16)
    kept = x.clone()
    torch.manual_seed(1)
    first = disturb(x, 5)
    torch.manual_seed(2)
    assert torch.equal(disturb(x, 5), first) and torch.equal(x, kept)
    assert not torch.equal(disturb(x, 6), first)


def test_about_half_of_the_crops_are_disturbed_and_stay_pictures() -> None:
    x = torch.rand(4, 3, 8, 8)
    disturbed = [disturb(x, step) for step in range(100)]
    assert all(y.min() >= 0 and y.max() <= 1 for y in disturbed)
    changed = sum(not torch.equal(y[i], x[i]) for y in disturbed for i in range(4))
    assert 150 < changed < 250
