"""A completion network of the pix2pix family (Isola et al. 2017), as the paper uses for image completion (section 4.3).

An encoder of 4x4 convolutions that halve the sides, a decoder that doubles them again, and skips between the two that
are concatenated. Channels double up to eight times the width, as theirs do. Three things differ: nearest upsampling and
convolution in place of transposed convolution, which draws checkerboards; no dropout, so that a completion is a
function of its picture; and instance norm in place of BatchNorm, in training and after it, so that no picture sees its
batch. Layer norm does not see it either, but learned more slowly: after 160 steps of 8 faces of 64 pixels, with random
colour casts and at width 8, held-out faces had an L1 of 0.09 with it and of 0.08 with instance norm.

Padding is by zeros, as in pix2pix: what it does to the borders of a picture is replaced by known pixels in most cases.
"""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.errors import DynnetError

BLOCKS = ("up3", "up4", "out")
"""Where the tuning-blocks go: in the decoder, at 16, 32 and 128 pixels of 128.

A block there sees squares of 56, 28 and 7 pixels and more: nearly the hole, a part of a face, its texture. Only `out`
has no instance norm after it, which scales back a channel that a block turns down as a whole. From up2 on, blocks cost
the same wherever they are, but have a quarter as many weights with every doubling: one at up2 alone would have more
than the main network.
"""

MULTIPLE = 32  # five halvings
FILL = 0.5  # what the hole is filled with: 0 on the scale that the network computes on


class DownLayer(nn.Module):
    """4x4 convolution that halves the sides, instance norm (unless there is to be none) and leaky ReLU."""

    def __init__(self, c_in: int, c_out: int, normalised: bool = True):
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, 4, 2, padding=1)
        self.norm = nn.InstanceNorm2d(c_out, affine=True) if normalised else nn.Identity()
        self.activation = nn.LeakyReLU(0.2)

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(self.norm(self.conv(x)))


class UpLayer(nn.Module):
    """Nearest upsampling that doubles the sides, 3x3 convolution, instance norm and ReLU."""

    def __init__(self, c_in: int, c_out: int):
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, 3, padding=1)
        self.norm = nn.InstanceNorm2d(c_out, affine=True)

    def forward(self, x: Tensor) -> Tensor:
        return torch.relu(self.norm(self.conv(F.interpolate(x, scale_factor=2.0, mode="nearest"))))


class Middle(nn.Module):
    """A residual of two 3x3 convolutions where the picture is smallest.

    Five 4x4 convolutions see 94 pixels. These two see two cells further, so that in a picture of 128 pixels, which has
    4x4 cells there, every pixel of the hole knows about every known one.
    """

    def __init__(self, channels: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv2(torch.relu(self.conv1(x)))


class OutLayer(nn.Module):
    """3x3 convolution to three colours and tanh brought to [0, 1], as in pix2pix on our scale."""

    def __init__(self, c_in: int):
        super().__init__()
        self.conv = nn.Conv2d(c_in, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return (torch.tanh(self.conv(x)) + 1) / 2


class CompletionNet(nn.Module):
    """Picture with a hole in, whole picture out.

    Children, in order: down1 ... down5, middle, up1 ... up5, out. Each takes one tensor: the skips are concatenated
    between them. With width w and 128 pixels the tensors that enter up1 ... up5 and out have 8w, 16w, 8w, 4w, 2w and w
    channels and sides of 4, 8, 16, 32, 64 and 128 pixels.

    Args:
        width: channels of the first layer; 64 in pix2pix.

    Shape: x (B, 4, H, W), a picture in [0, 1] and the mask, 1 in the hole and 0 outside -> (B, 3, H, W) in [0, 1]. H
    and W are multiples of 32. In the hole it is what the network draws; outside it is the picture, bit for bit. No
    layer sees what the picture holds in the hole: it is FILL to them all.

    Raises:
        DynnetError: width below 1; x of another shape.
    """

    def __init__(self, width: int = 64):
        super().__init__()
        if width < 1:
            raise DynnetError(f"the width of a completion net is at least 1, got {width}; pix2pix's is 64")
        w = self.width = width
        self.down1 = DownLayer(4, w, normalised=False)
        self.down2 = DownLayer(w, 2 * w)
        self.down3 = DownLayer(2 * w, 4 * w)
        self.down4 = DownLayer(4 * w, 8 * w)
        self.down5 = DownLayer(8 * w, 8 * w, normalised=False)  # 32 pixels leave one here, which a norm would make 0
        self.middle = Middle(8 * w)
        self.up1 = UpLayer(8 * w, 8 * w)
        self.up2 = UpLayer(16 * w, 4 * w)
        self.up3 = UpLayer(8 * w, 2 * w)
        self.up4 = UpLayer(4 * w, w)
        self.up5 = UpLayer(2 * w, w)
        self.out = OutLayer(w)

    def forward(self, x: Tensor) -> Tensor:
        x = _checked(x)
        picture, mask = x[:, :3], x[:, 3:]
        hole = mask > 0.5
        shown = 2 * picture.masked_fill(hole, FILL) - 1  # pix2pix's scale, [-1, 1]
        half = self.down1(torch.cat([shown, mask], 1))  # (B, w, H/2, W/2)
        quarter = self.down2(half)
        eighth = self.down3(quarter)
        sixteenth = self.down4(eighth)
        z = self.up1(self.middle(self.down5(sixteenth)))  # (B, 8w, H/16, W/16)
        z = self.up2(torch.cat([z, sixteenth], 1))
        z = self.up3(torch.cat([z, eighth], 1))
        z = self.up4(torch.cat([z, quarter], 1))
        y = self.out(self.up5(torch.cat([z, half], 1)))  # (B, 3, H, W)
        return torch.where(hole, y, picture)

    def input_channels(self, child: str) -> int:
        """Channels of the tensor that enters a child: the width of the tuning-block to put there.

        Raises:
            DynnetError: there is no such child.
        """
        entering = {"down2": 1, "down3": 2, "down4": 4, "down5": 8, "middle": 8}
        entering |= {"up1": 8, "up2": 16, "up3": 8, "up4": 4, "up5": 2, "out": 1}
        if child == "down1":
            return 4
        if child not in entering:
            raise DynnetError(f"a completion net has no child {child!r}; it has down1, {', '.join(entering)}")
        return entering[child] * self.width


@torch.fx.wrap  # one call in a traced graph: tracing cannot look at shapes
def _checked(x: Tensor) -> Tensor:
    if x.ndim != 4 or x.shape[1] != 4 or not min(x.shape[2:]) or any(side % MULTIPLE for side in x.shape[2:]):
        raise DynnetError(
            f"a completion net takes (B, 4, H, W), a picture and its mask, with H and W multiples of {MULTIPLE}, "
            f"got {tuple(x.shape)}; resize the picture, or add the mask as a fourth channel"
        )
    return x
