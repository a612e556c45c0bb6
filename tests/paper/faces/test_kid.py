"""KID: against the plain formula, and for what it is worth as a distance."""

import warnings

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.paper.faces.classifier import AttributeClassifier
from dynnet.paper.faces.kid import face_features, kid


def means(x: Tensor) -> Tensor:
    return 3 * x.mean((2, 3))


def faces(count: int, low: float = 0.0, seed: int = 0, side: int = 64) -> Tensor:
    """Faces of one colour each, drawn evenly from [low, 1]."""
    colours = torch.rand(count, 3, 1, 1, generator=torch.Generator().manual_seed(seed))
    return (low + (1 - low) * colours).expand(-1, -1, side, side)


def plain(fakes: Tensor, reals: Tensor) -> float:
    """The unbiased estimate, pair by pair."""

    def kernel(a: Tensor, b: Tensor) -> float:
        return (sum(x * y for x, y in zip(a.tolist(), b.tolist(), strict=True)) / len(a) + 1) ** 3

    def among(one: Tensor) -> float:
        pairs = [(i, j) for i in range(len(one)) for j in range(len(one)) if i != j]
        return sum(kernel(one[i], one[j]) for i, j in pairs) / len(pairs)

    across = [kernel(a, b) for a in fakes for b in reals]
    return among(fakes) + among(reals) - 2 * sum(across) / len(across)


def test_as_the_formula_has_it() -> None:
    fakes, reals = faces(7, low=0.4, seed=1), faces(7, seed=2)
    mean, std = kid(means(fakes), means(reals), subset_size=7, subsets=3)
    assert mean == pytest.approx(plain(means(fakes), means(reals)), rel=1e-5)
    assert std == pytest.approx(0, abs=1e-6)  # a subset of all, every time


def test_near_0_for_one_source_and_growing_with_the_distance() -> None:
    reals = means(faces(200))
    found = [kid(means(faces(200, low, seed=3)), reals, subset_size=100, subsets=20)[0] for low in (0.0, 0.3, 0.6)]
    assert abs(found[0]) < 0.05 * found[1] and found[1] < 0.5 * found[2]


def test_reproducible_by_its_seed_alone() -> None:
    fakes, reals = means(faces(40, 0.3, seed=1)), means(faces(30, seed=2))

    def found(seed: int) -> tuple[float, float]:
        return kid(fakes, reals, subset_size=10, subsets=5, seed=seed)

    state = torch.get_rng_state()
    first = found(0)
    assert torch.equal(torch.get_rng_state(), state)
    torch.rand(3)
    assert found(0) == first != found(1) and first[1] > 0


def test_pictures_reach_the_features_as_they_are_and_larger_ones_at_64() -> None:
    seen = []

    def features(x: Tensor) -> Tensor:
        seen.append(x)
        return means(x)

    small, large = torch.rand(2, 3, 64, 64), torch.rand(2, 3, 128, 128)
    face_features(features, small)
    face_features(features, large)
    assert torch.equal(seen[0], small)
    torch.testing.assert_close(seen[1], F.interpolate(large, (64, 64), mode="bilinear", antialias=True))
    assert seen[1].var() < F.interpolate(large, (64, 64), mode="nearest").var() / 2  # antialiased


def test_with_a_classifier_in_eval_mode_batches_do_not_matter_and_nothing_warns() -> None:
    classifier = AttributeClassifier(("blond",), width=2).eval()
    read = [face_features(classifier.features, faces(9, 0.5), batch) for batch in (2, 9)]
    torch.testing.assert_close(read[0], read[1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        kid(read[0], face_features(classifier.features, faces(9)), 9, 1)


def test_what_is_refused() -> None:
    good = faces(4)
    with pytest.raises(DynnetError, match=r"pictures as floating point .* got torch.uint8 .*to_tensor"):
        face_features(means, (255 * good).byte())
    with pytest.raises(DynnetError, match=r"floating point \(N, 3, H, W\) .* got torch.float32 \(4, 1, 64"):
        face_features(means, good[:, :1])
    with pytest.raises(DynnetError, match=r"fakes as features \(N, F\), got \(4, 3, 64, 64\); .*face_features"):
        kid(good, means(good), subset_size=4)
    with pytest.raises(DynnetError, match="at most all 3 reals, got subset_size 4"):
        kid(means(good), means(good[:3]), subset_size=4)
    with pytest.raises(DynnetError, match="at least 2 and at most all 4 fakes, got subset_size 1"):
        kid(means(good), means(good), subset_size=1)
