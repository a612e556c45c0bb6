"""Quality in the hole against plain formulas, and walks measured face by face, setting by setting."""

import math

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity
from torch import Tensor
from torchmetrics.functional.image import structural_similarity_index_measure

from dynnet import walks
from dynnet.blocks import TuningBlock
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.paper.completion.holes import box_hole, centre_hole, random_holes, with_hole, with_mask
from dynnet.paper.completion.measures import completed, completion_walk, hole_quality, realism
from dynnet.paper.completion.network import CompletionNet
from dynnet.paper.completion.patch_discriminator import PatchDiscriminator
from tests.tiny import awake, count_calls

SIZE = 32
HOLES = torch.cat([centre_hole(SIZE), box_hole(SIZE, 0, 3, 8), box_hole(SIZE, 20, 12, 12)])


def pictures(count: int = 3, seed: int = 0) -> Tensor:
    return torch.rand(count, 3, SIZE, SIZE, generator=torch.Generator().manual_seed(seed))


def net() -> DynamicNet:
    main = CompletionNet(2).eval()
    return awake(DynamicNet(main, {path: TuningBlock(main.input_channels(path)) for path in ("up4", "out")}), 0.3)


def critic() -> PatchDiscriminator:
    return PatchDiscriminator(2, halvings=1).eval()


class Columns(PatchDiscriminator):
    """A critic of 2x2 patches that finds the right half real, whatever the picture."""

    def __init__(self) -> None:
        super().__init__(1)

    def forward(self, x: Tensor) -> Tensor:
        return torch.tensor([[-1.0, 3.0], [-1.0, 3.0]]).expand(len(x), 2, 2)

    def patch_share(self, mask: Tensor) -> Tensor:
        return torch.nn.functional.adaptive_avg_pool2d(mask, 2)[:, 0]


def test_l1_and_psnr_by_hand() -> None:
    target = 0.5 * pictures()
    found = hole_quality(target + 0.1 * HOLES, target, HOLES)
    torch.testing.assert_close(found["l1"], torch.full((3,), 0.1))
    torch.testing.assert_close(found["psnr"], torch.full((3,), 20.0))


def test_a_perfect_hole() -> None:
    found = hole_quality(pictures(), pictures(), HOLES)
    assert found["l1"].tolist() == [0, 0, 0] and found["psnr"].tolist() == [math.inf] * 3
    torch.testing.assert_close(found["ssim"], torch.ones(3))


def test_ssim_is_the_mean_over_the_windows_centred_in_the_hole() -> None:
    y, target, mask = pictures(1, 1), pictures(1, 2), box_hole(SIZE, 7, 11, 10)  # off the edges, where paddings differ
    one, other = (picture[0].permute(1, 2, 0).numpy() for picture in (y, target))
    settings = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1.0}
    _, windows = structural_similarity(one, other, channel_axis=2, full=True, **settings)
    expected = windows[11:21, 7:17].mean()
    assert hole_quality(y, target, mask)["ssim"].item() == pytest.approx(expected, abs=1e-4)


def test_the_box_around_the_holes_is_enough_for_ssim() -> None:
    y, target = pictures(3, 1), pictures(3, 2)
    _, windows = structural_similarity_index_measure(y, target, data_range=1.0, return_full_image=True)
    for i in range(3):  # the second and third hole touch an edge
        expected = windows[i][:, HOLES[i, 0] > 0].mean().item()
        alone = hole_quality(y[i : i + 1], target[i : i + 1], HOLES[i : i + 1])["ssim"].item()
        assert alone == pytest.approx(expected, abs=1e-5)
        assert hole_quality(y, target, HOLES)["ssim"][i].item() == pytest.approx(expected, abs=1e-5)


def test_known_pixels_count_for_nothing_but_the_seam() -> None:
    y, target, mask = pictures(1, 1), pictures(1, 2), box_hole(SIZE, 10, 10, 8)
    near, far = y.clone(), y.clone()
    near[..., 18] = target[..., 18]  # the column at the hole's right edge
    far[..., 26:] = target[..., 26:]
    expected = hole_quality(y, target, mask)
    for other in (near, far):
        found = hole_quality(other, target, mask)
        assert found["l1"] == expected["l1"] and found["psnr"] == expected["psnr"]
    assert hole_quality(far, target, mask)["ssim"].item() == pytest.approx(expected["ssim"].item(), abs=1e-6)
    assert hole_quality(near, target, mask)["ssim"].item() > expected["ssim"].item() + 1e-3


def test_one_mask_for_all() -> None:
    y, target, mask = pictures(3, 1), pictures(3, 2), HOLES[:1]
    for name, values in hole_quality(y, target, mask).items():
        torch.testing.assert_close(values, hole_quality(y, target, mask.repeat(3, 1, 1, 1))[name])
    judge = critic()
    torch.testing.assert_close(realism(judge, y, mask), realism(judge, y, mask.repeat(3, 1, 1, 1)))


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(DynnetError, match="hole"):
        hole_quality(pictures(), pictures(), torch.zeros_like(HOLES))
    with pytest.raises(DynnetError, match="mask"):
        hole_quality(pictures(), pictures(), HOLES[:2])
    small = torch.rand(1, 3, 5, 8)
    with pytest.raises(DynnetError, match=r"H, W > 5, got \(1, 3, 5, 8\)"):
        hole_quality(small, small, torch.ones(1, 1, 5, 8))


def test_the_patches_that_see_the_hole_count_and_no_others() -> None:
    def judged(left: int) -> float:
        return realism(Columns(), pictures(1), box_hole(SIZE, left, 12, 8)).item()

    assert judged(0) == -1 and judged(24) == 3
    assert judged(12) == judged(15) == 1  # on both sides, however little on one


def test_realism_as_a_slow_loop_has_it() -> None:
    y, judge, holes = pictures(2), critic(), HOLES[1:]  # small ones, that some patches do not see
    with torch.no_grad():
        logits, shares = judge(with_mask(y, holes)), judge.patch_share(holes)
        found = realism(judge, y, holes)
    for i in range(2):
        seen = [d for w, d in zip(shares[i].flatten().tolist(), logits[i].flatten().tolist(), strict=True) if w > 0]
        assert 0 < len(seen) < shares[i].numel()
        assert found[i].item() == pytest.approx(sum(seen) / len(seen), abs=1e-5)


def test_a_mask_that_no_patch_sees_is_refused() -> None:
    with pytest.raises(DynnetError, match="no patch of the critic sees the hole"):
        realism(critic(), pictures(), torch.cat([HOLES[:2], torch.zeros(1, 1, SIZE, SIZE)]))


@torch.no_grad()
@pytest.mark.parametrize("batch", [1, 2, 8])
def test_a_walk_is_measured_as_face_by_face(batch: int) -> None:
    dynamic, judge, alphas = net(), critic(), [0.0, 0.4, 1.0]
    walk = completion_walk(walks.dynamic(dynamic), pictures(), HOLES, alphas, judge, batch)
    assert walk.settings.tolist() == alphas
    for i in range(3):
        target, mask = pictures()[i : i + 1], HOLES[i : i + 1]
        for k, alpha in enumerate(alphas):
            y = dynamic(with_hole(target, mask), alpha=alpha)
            expected = hole_quality(y, target, mask) | {"realism": realism(judge, y, mask)}
            for name in walk.names:
                assert getattr(walk, name)[i, k] == pytest.approx(expected[name].item(), abs=1e-4)
    assert np.ptp(walk.l1, axis=1).min() > 1e-4  # the settings differ


def test_every_method_is_measured_alike() -> None:
    dynamic, judge = net(), critic()
    other = CompletionNet(2).eval()
    nets = {0.005: dynamic.main, 0.0: other}
    one = completion_walk(walks.dynamic(dynamic), pictures(), HOLES, [0.0], judge)
    fade = completion_walk(walks.interpolation(dynamic.main, other), pictures(), HOLES, [0, 1], judge)
    fixed = completion_walk(lambda x: lambda setting: nets[setting](x), pictures(), HOLES, nets, judge)
    assert fixed.settings.tolist() == [0.005, 0.0]
    for name in one.names:
        np.testing.assert_allclose(getattr(fade, name), getattr(fixed, name), atol=1e-4)
        np.testing.assert_allclose(getattr(one, name)[:, 0], getattr(fixed, name)[:, 0], atol=1e-4)


def test_one_mask_and_many_faces() -> None:
    renderer, judge = walks.dynamic(net()), critic()
    one = completion_walk(renderer, pictures(5), HOLES[:1], [0.5], judge, batch=2)
    many = completion_walk(renderer, pictures(5), HOLES[:1].repeat(5, 1, 1, 1), [0.5], judge, batch=2)
    np.testing.assert_allclose(one.l1, many.l1)
    np.testing.assert_allclose(one.realism, many.realism)


def test_means_are_over_the_faces() -> None:
    masks = random_holes(4, SIZE, np.random.default_rng(0))
    walk = completion_walk(walks.dynamic(net()), pictures(4), masks, [0.0, 1.0], critic())
    means = walk.means
    assert list(means.columns) == ["setting", "l1", "psnr", "ssim", "realism"] and means.setting.tolist() == [0, 1]
    assert means.realism[1] == pytest.approx(walk.realism[:, 1].mean())


def test_the_first_faces_of_a_walk_are_the_walk_of_the_first_faces() -> None:
    masks, settings = random_holes(5, SIZE, np.random.default_rng(0)), [0.0, 1.0]
    renderer, judge = walks.dynamic(net()), critic()
    faces = pictures(5)
    walk = completion_walk(renderer, faces, masks, settings, judge, batch=2)
    alone = completion_walk(renderer, faces[:2], masks[:2], settings, judge, batch=2)
    for name in ("settings", *walk.names):
        # a walk's first batch is computed afresh, later ones are replayed: sums of float32 in another order
        np.testing.assert_allclose(getattr(walk.first(2), name), getattr(alone, name), rtol=1e-5)


def test_the_input_is_rendered_once_per_setting_and_batch() -> None:
    dynamic = net()
    calls = count_calls({"main": dynamic.main})
    completion_walk(lambda x: lambda alpha: dynamic(x, alpha=alpha), pictures(), HOLES, [0.0, 0.5], critic(), batch=2)
    assert calls["main"] == 4


def test_completed_faces_are_those_that_are_measured() -> None:
    renderer, judge = walks.dynamic(net()), critic()
    walk = completion_walk(renderer, pictures(), HOLES, [0.0, 0.7], judge)
    y = completed(renderer, pictures(), HOLES, 0.7, batch=2)
    assert y.shape == pictures().shape and not y.requires_grad
    np.testing.assert_allclose(hole_quality(y, pictures(), HOLES)["l1"], walk.l1[:, 1], atol=1e-5)
    alone = completed(renderer, pictures()[2:], HOLES[2:], 0.7)
    torch.testing.assert_close(y[2:], alone, rtol=0, atol=1e-5)


def test_nothing_to_measure_is_refused() -> None:
    renderer = walks.dynamic(net())
    with pytest.raises(DynnetError, match="one setting or more, got none"):
        completion_walk(renderer, pictures(), HOLES, [], critic())
    for count, masks in ((0, HOLES), (3, HOLES[:2])):
        with pytest.raises(DynnetError, match=f"got {count} pictures and {len(masks)} masks"):
            completion_walk(renderer, pictures(count), masks, [0.0], critic())
        with pytest.raises(DynnetError, match=f"got {count} pictures and {len(masks)} masks"):
            completed(renderer, pictures(count), masks, 0.0)
