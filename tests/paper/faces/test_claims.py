"""What decides the claims about faces, on walks and faces whose numbers are known."""

import numpy as np
import pandas as pd
import pytest
import torch
from torch import Tensor, nn

from dynnet.errors import DynnetError
from dynnet.paper.faces.aims import DYNAMIC, PIXELS, Aim
from dynnet.paper.faces.attribute_walk import AttributeWalk
from dynnet.paper.faces.claims import ALPHAS, distance_ratio, kept_shares, kid_numbers, kid_walk, walk_numbers
from dynnet.paper.faces.kid import face_features, kid


def walk(scores: list[list[float]], ends: list[float] | None = None) -> AttributeWalk:
    """Faces by settings, of one attribute, and how far each ends from where it began."""
    values = np.array(scores, np.float32).reshape(len(scores), -1)
    distances = np.zeros_like(values)
    if ends is not None:
        distances[:, -1] = ends
    return AttributeWalk(np.linspace(0, 1, values.shape[1]), values[..., None], distances, ("Smiling",))


def test_what_a_walk_brings_about() -> None:
    found = walk_numbers(Aim("Smiling"), walk([[0.1, 0.5, 0.9], [0.3, 0.7, 0.5]]))
    assert found == pytest.approx({"rise": 0.5, "wrong": 0, "faces": 0.5})
    over_room = walk_numbers(Aim("Smiling"), walk([[0.6, 0.7, 0.8]]), over_room=True)
    assert over_room["rise"] == pytest.approx(0.2 / 0.4)


def test_what_should_fall_and_steps_back() -> None:
    there = walk([[0.9, 0.95, 0.1]])
    assert walk_numbers(Aim.of("not Smiling"), there) == pytest.approx({"rise": 0.8, "wrong": 1, "faces": 0})


class Dimming(nn.Module):
    """Faces of the colours z, which alpha moves towards white."""

    def forward(self, z: Tensor, *, alpha: float) -> Tensor:
        return (z + alpha * (1 - z) / 2)[..., None, None].expand(-1, -1, 64, 64)


def means(x: Tensor) -> Tensor:
    return 3 * x.mean((2, 3))


def test_kid_falls_towards_the_faces_that_alpha_leads_to() -> None:
    draws = torch.Generator().manual_seed(0)
    codes, dark, light = (torch.rand(count, 3, generator=draws) for count in (40, 60, 60))
    faces = [c[..., None, None].expand(-1, -1, 64, 64) for c in (dark, 0.5 + light / 2)]
    kids = kid_walk(Dimming(), codes, means, *faces)
    assert kids.index.tolist() == list(ALPHAS)
    assert kids["blocks' faces"].is_monotonic_decreasing and kids["main's faces"].is_monotonic_increasing
    both = kid(means(Dimming()(codes, alpha=0.5)), face_features(means, torch.cat(faces)), 20)[0]
    assert kids.loc[0.5, f"both, {DYNAMIC}"] == pytest.approx(both, rel=1e-5)
    # this walk is a straight line in the pixels, so a cross-fade of its ends is the walk itself
    assert kids.loc[0.5, f"both, {PIXELS}"] == pytest.approx(both, rel=1e-4)
    assert kids[f"both, {DYNAMIC}"].notna().sum() == 1


def test_where_a_walk_arrives_and_what_lies_between() -> None:
    columns = {"blocks' faces": [2.0, 1.5, 1.0, 0.7, 0.5], f"both, {DYNAMIC}": 0.9, f"both, {PIXELS}": 1.2}
    kids = pd.DataFrame(columns, index=pd.Index(ALPHAS, name="alpha"))
    assert kid_numbers(kids) == pytest.approx({"arrives": 0.25, "between": 0.75})


def test_distances_compare_the_same_faces() -> None:
    many, few = walk([[0, 1]] * 3, [0.4, 0.8, 99]), walk([[0, 1]] * 2, [1.0, 2.0])
    assert distance_ratio(many, few) == pytest.approx(0.4) and distance_ratio(few, many) == pytest.approx(2.5)
    nobody = AttributeWalk(few.alphas, few.scores[:0], few.distances[:0], few.attributes)
    with pytest.raises(DynnetError, match="got a walk of no faces"):
        distance_ratio(many, nobody)


def test_the_share_of_a_rise_that_is_kept() -> None:
    scores = {
        "neither": {"blond": 0.1, "smiling": 0.5},
        "blond": {"blond": 0.9, "smiling": 0.6},
        "smiling": {"blond": 0.2, "smiling": 0.9},
        "both": {"blond": 0.7, "smiling": 0.9},
    }
    assert kept_shares(scores) == pytest.approx({"blond": 0.75, "smiling": 1})
