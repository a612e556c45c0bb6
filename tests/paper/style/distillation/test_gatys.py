"""Painting through a feature network: small pictures, few steps."""

import torch

from dynnet.paper.style.distillation.gatys import paint, painted_style_losses
from dynnet.paper.style.losses.features import feature_network
from dynnet.paper.style.losses.perceptual import PerceptualTerms


def network(noise=0.0):
    shipped = feature_network("vgg19_lite")
    for weight in shipped.parameters():
        weight.add_(noise * weight.std() * torch.randn_like(weight))
    return shipped


X, STYLE = torch.rand(1, 3, 32, 32), torch.rand(1, 3, 32, 32) ** 3


def test_painting_lowers_the_loss_and_stays_a_picture():
    terms = PerceptualTerms.of_style(network(), STYLE)
    y = paint(X, terms, steps=15)
    assert terms(y, X)["style"] < terms(X, X)["style"]
    assert y.min() >= 0 and y.max() <= 1
    assert not y.requires_grad


def test_a_student_that_is_its_teacher_reaches_the_same_loss():
    same = network()
    row = painted_style_losses(same, same, X, {"dark": STYLE}, steps=8)["dark"]
    assert row["ratio"] == 1
    assert row["through_vgg19"] < row["before"]


def test_another_network_is_judged_by_the_teacher():
    rows = painted_style_losses(network(noise=0.5), network(), X, {"dark": STYLE, "light": 1 - STYLE}, steps=8)
    assert set(rows) == {"dark", "light"}
    assert rows["dark"]["ratio"] == rows["dark"]["through_student"] / rows["dark"]["through_vgg19"]
    assert rows["dark"]["ratio"] > 1
