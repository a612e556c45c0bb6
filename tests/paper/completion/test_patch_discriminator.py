"""The patch discriminator: a logit sees its patch and no more, and patch_share knows which patches see the hole."""

import pytest
import torch
from torch import Tensor, nn

from dynnet.adversarial.losses import r1_penalty
from dynnet.errors import DynnetError
from dynnet.paper.completion.holes import box_hole, centre_hole, with_mask
from dynnet.paper.completion.patch_discriminator import PatchDiscriminator

SIZES = [(1, 30), (2, 34), (2, 64), (3, 70), (3, 128)]


def open_paths(net: PatchDiscriminator) -> PatchDiscriminator:
    """Weights that no path can hide behind, in double precision."""
    for parameter in net.double().parameters():
        nn.init.uniform_(parameter, 0.01, 0.02)
    return net


def seen_by(net: PatchDiscriminator, size: int, row: int, column: int) -> Tensor:
    """The pixels that a logit depends on, bool (size, size)."""
    x = 0.5 + torch.rand(1, 4, size, size, dtype=torch.float64) / 2
    (gradient,) = torch.autograd.grad(net(x.requires_grad_())[0, row, column], x)
    assert torch.equal(gradient[0, 0] != 0, gradient[0, 3] != 0)  # picture and mask alike
    return gradient[0, 0] != 0


@pytest.mark.parametrize(("halvings", "patch", "stride"), [(1, 16, 2), (2, 34, 4), (3, 70, 8), (4, 142, 16)])
def test_the_patches_of_pix2pix(halvings: int, patch: int, stride: int) -> None:
    net = open_paths(PatchDiscriminator(2, halvings))
    assert (net.patch, net.stride) == (patch, stride)
    size = 3 * patch
    middle = net(torch.rand(1, 4, size, size).double()).shape[-1] // 2
    seen, right = (seen_by(net, size, middle, column) for column in (middle, middle + 1))
    assert seen.any(0).sum() == seen.any(1).sum() == patch
    assert torch.equal(seen.roll(stride, 1), right)


@pytest.mark.parametrize(("halvings", "size"), SIZES)
def test_a_patch_has_a_share_of_the_hole_if_it_sees_it(halvings: int, size: int) -> None:
    net = open_paths(PatchDiscriminator(1, halvings))
    mask = box_hole(size, size // 2 - 3, size // 5, 7)
    share = net.patch_share(mask.double())[0]
    assert share.shape == net(torch.rand(1, 4, size, size).double()).shape[1:]
    corners = {(row, column) for row in (0, share.shape[0] - 1) for column in (0, share.shape[1] - 1)}
    for row, column in corners | {(share.shape[0] // 2, share.shape[1] // 2)}:
        seen = seen_by(net, size, row, column)
        torch.testing.assert_close(share[row, column], mask[0, 0][seen].double().mean())


def test_shares_of_known_holes() -> None:
    net = PatchDiscriminator(1, 2)
    assert not net.patch_share(torch.zeros(2, 1, 128, 128)).any()
    torch.testing.assert_close(net.patch_share(torch.ones(2, 1, 128, 128)), torch.ones(2, 30, 30))
    share = net.patch_share(centre_hole(128))[0]
    torch.testing.assert_close(share, share.flip(0))
    torch.testing.assert_close(share, share.T)
    assert share[0, 0] == 0 and share[15, 15] == 1


def test_shares_are_of_each_picture() -> None:
    net, masks = PatchDiscriminator(1, 2), torch.cat([centre_hole(64), box_hole(64, 0, 0, 9)])
    torch.testing.assert_close(net.patch_share(masks)[1:], net.patch_share(masks[1:]))


@pytest.mark.parametrize(("halvings", "side"), [(2, 30), (3, 14)])
def test_a_map_of_logits(halvings: int, side: int) -> None:
    y = PatchDiscriminator(2, halvings)(torch.rand(3, 4, 128, 128))
    assert y.shape == (3, side, side) and y.std() > 0
    assert PatchDiscriminator(2, halvings)(torch.rand(3, 4, 67, 128)).shape == (3, 67 // 2**halvings - 2, side)


def test_the_papers_layers() -> None:
    sizes = [(tuple(m.weight.shape), m.stride[0]) for m in PatchDiscriminator().modules() if isinstance(m, nn.Conv2d)]
    assert sizes == [
        ((64, 4, 4, 4), 2),
        ((128, 64, 4, 4), 2),
        ((256, 128, 4, 4), 2),
        ((512, 256, 4, 4), 1),
        ((1, 512, 4, 4), 1),
    ]
    widest = [m.weight.shape[0] for m in PatchDiscriminator(2, 5).modules() if isinstance(m, nn.Conv2d)]
    assert widest == [2, 4, 8, 16, 16, 16, 1]


def test_a_logit_does_not_see_its_batch_in_any_mode() -> None:
    net, x = PatchDiscriminator(2), torch.rand(4, 4, 64, 64)
    for mode in (True, False):
        torch.testing.assert_close(net.train(mode)(x)[1:2], net(x[1:2]))


def test_pictures_enter_on_pix2pixs_scale_and_the_mask_as_it_is() -> None:
    net, seen = PatchDiscriminator(1), {}
    net.layers.register_forward_pre_hook(lambda _, args: seen.update(x=args[0]))
    net(torch.tensor([0.0, 0.5, 1.0, 1.0]).view(1, 4, 1, 1).expand(1, 4, 64, 64))
    assert seen["x"][0, :, 7, 7].tolist() == [-1, 0, 1, 1]


def test_the_signal_keeps_its_size() -> None:
    y = PatchDiscriminator(16)(torch.rand(4, 4, 128, 128))
    assert 0.1 < y.std() < 3


def test_r1_is_taken_on_the_pictures() -> None:
    net, pictures = PatchDiscriminator(2, 2), torch.rand(3, 3, 64, 64, requires_grad=True)
    logits = net(with_mask(pictures, centre_hole(64)))
    penalty = r1_penalty(logits, pictures)
    assert penalty.shape == (3,) and (penalty > 0).all()
    penalty.sum().backward()
    assert net.out.weight.grad.any()


def test_what_is_refused() -> None:
    for width, halvings in [(0, 3), (4, 0)]:
        with pytest.raises(DynnetError, match=f"at least 1, got {width} and {halvings}"):
            PatchDiscriminator(width, halvings)
    for shape in [(1, 3, 64, 64), (4, 64, 64), (1, 4, 23, 64)]:
        with pytest.raises(DynnetError, match=r"expected \(B, 4, H, W\) with H, W >= 24, got"):
            PatchDiscriminator(2)(torch.rand(shape))
    assert PatchDiscriminator(2)(torch.rand(1, 4, 24, 24)).shape == (1, 1, 1)
    with pytest.raises(DynnetError, match=r"expected \(B, 1, H, W\) with H, W >= 12, got \(1, 4, 64, 64\)"):
        PatchDiscriminator(2, 2).patch_share(torch.rand(1, 4, 64, 64))
