"""The discriminator of pix2pix (Isola et al. 2017): one logit for every patch of a picture (L_adv of section 4.3)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.errors import DynnetError

_SLOPE = 0.2  # of the leaky ReLUs


class PatchDiscriminator(nn.Module):
    """A picture and its mask in, a map of logits out: above 0 for patches that look real.

    4x4 convolutions: `halvings` of stride 2, two of stride 1. Channels double up to eight times the width. A logit sees
    a patch of a side of 70 pixels with three halvings, pix2pix's, and 34 with two; its neighbours' patches lie 8 and 4
    pixels further on. Patches of 70 pixels see more than a hole of half of 128; for pictures of 64 take two halvings.

    No norm of any kind. With BatchNorm a logit hangs on the other pictures, and R1 is no penalty on a picture's own
    gradient; with layer or instance norm it hangs on pixels outside its patch, and every logit would see the hole. The
    networks that R1 was proposed for (Mescheder et al. 2018) have none either.

    Args:
        width: channels of the first layer; 64 in pix2pix.
        halvings: layers of stride 2.

    Attributes:
        patch: side of a patch in pixels.
        stride: pixels from a patch to the next.

    Shape: x (B, 4, H, W), a picture in [0, 1] and the mask, 1 in the hole and 0 outside -> (B, h, w) with
    h = H // stride - 2 and w = W // stride - 2.

    Raises:
        DynnetError: width or halvings below 1; x of another shape, or with sides below 3 strides.
    """

    def __init__(self, width: int = 64, halvings: int = 3):
        super().__init__()
        if min(width, halvings) < 1:
            raise DynnetError(
                f"width and halvings are at least 1, got {width} and {halvings}; pix2pix's are 64 and 3, for patches "
                "of 70 pixels"
            )
        self.width, self.stride = width, 2**halvings
        # Backwards from a logit, which is 1: layers of stride 1 add 3 each, those of stride 2 double and add 2.
        self.patch = 9 * self.stride - 2
        self._overhang = 3 * self.stride - 1  # of the first patch, beyond the picture's edge: paddings, scaled alike
        channels = [4, *(min(2**layer, 8) * width for layer in range(halvings + 1))]
        strides = [2] * halvings + [1]
        self.layers = nn.Sequential(*map(_layer, channels[:-1], channels[1:], strides))
        self.out = nn.Conv2d(channels[-1], 1, 4, padding=1)
        self.apply(_initialise)

    def forward(self, x: Tensor) -> Tensor:
        self._check(x, 4)
        scaled = torch.cat([2 * x[:, :3] - 1, x[:, 3:]], 1)  # pix2pix's scale, [-1, 1]
        return self.out(self.layers(scaled)).squeeze(1)

    def patch_share(self, mask: Tensor) -> Tensor:
        """How much of each patch is hole: 0 for the logits that see known pixels only and have nothing to judge.

        Of a patch that sticks out of the picture the part inside counts.

        Shape: mask (B, 1, H, W), 1 in the hole and 0 outside -> (B, h, w) in [0, 1], as the logits.

        Raises:
            DynnetError: mask of another shape, or with sides below 3 strides.
        """
        self._check(mask, 1)
        return F.avg_pool2d(mask, self.patch, self.stride, self._overhang, count_include_pad=False).squeeze(1)

    def _check(self, x: Tensor, channels: int) -> None:
        if x.ndim != 4 or x.shape[1] != channels or min(x.shape[2:]) < 3 * self.stride:
            raise DynnetError(
                f"expected (B, {channels}, H, W) with H, W >= {3 * self.stride}, got {tuple(x.shape)}; a discriminator "
                "takes a picture and its mask, patch_share the mask; for smaller pictures take fewer halvings"
            )


def _layer(c_in: int, c_out: int, stride: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(c_in, c_out, 4, stride, padding=1), nn.LeakyReLU(_SLOPE))


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d):  # without norms, the size of the signal is the weights' to keep
        nn.init.kaiming_normal_(module.weight, _SLOPE)
        nn.init.zeros_(module.bias)
