"""The transformer network of Johnson et al. (2016), the paper's main network for style transfer (section 4.1).

As in the official code: upsampling by nearest neighbour and convolution (no checkerboard), instance norm, reflection
padding. The width is a parameter; 32 is the paper's.
"""

import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.errors import DynnetError

OFFICIAL_BLOCKS = ("res3", "up1", "out")  # where the official code puts its tuning-blocks
MULTIPLE = 4  # two halvings
MARGIN = 12  # pixels around the picture that are rendered and cut off


class ConvLayer(nn.Module):
    """Reflection padding, convolution, and (unless it is the last) instance norm and ReLU."""

    def __init__(self, c_in: int, c_out: int, size: int, stride: int = 1, upsample: int = 1, last: bool = False):
        super().__init__()
        self.upsample = upsample
        self.conv = nn.Conv2d(c_in, c_out, size, stride, padding=size // 2, padding_mode="reflect")
        self.norm = nn.Identity() if last else nn.InstanceNorm2d(c_out, affine=True)
        self.activation = nn.Sigmoid() if last else nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        if self.upsample > 1:
            x = F.interpolate(x, scale_factor=float(self.upsample), mode="nearest")
        return self.activation(self.norm(self.conv(x)))


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with instance norm; nothing after the addition."""

    def __init__(self, channels: int):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, padding_mode="reflect")
        self.norm1 = nn.InstanceNorm2d(channels, affine=True)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, padding_mode="reflect")
        self.norm2 = nn.InstanceNorm2d(channels, affine=True)

    def forward(self, x: Tensor) -> Tensor:
        return x + self.norm2(self.conv2(F.relu(self.norm1(self.conv1(x)))))


class TransformerNet(nn.Module):
    """Picture in, stylised picture of the same size out.

    Children, in order: conv1, conv2, conv3, res1 ... res5, up1, up2, out. With width w the tensor that enters `res3`
    and `up1` has 4w channels, the one that enters `out` has w.

    Args:
        width: channels of the first layer; 32 in the paper, 16 in the cpu profile.

    Shape: x (B, 3, H, W) in [0, 1] with any H, W >= 16 -> the same shape, in [0, 1]. The picture is continued by
    reflection and the output cropped back: to sides that are multiples of 4, and by a margin, as in Johnson et al.
    Loss networks pad by zeros, which a network learns to exploit at its borders, with coloured dots; in the margin
    they are out of sight.

    Raises:
        DynnetError: width below 1.
    """

    def __init__(self, width: int = 32):
        super().__init__()
        if width < 1:
            raise DynnetError(f"the width of a transformer net is at least 1, got {width}; the paper's is 32")
        w = self.width = width
        self.conv1 = ConvLayer(3, w, 9)
        self.conv2 = ConvLayer(w, 2 * w, 3, stride=2)
        self.conv3 = ConvLayer(2 * w, 4 * w, 3, stride=2)
        self.res1 = ResidualBlock(4 * w)
        self.res2 = ResidualBlock(4 * w)
        self.res3 = ResidualBlock(4 * w)
        self.res4 = ResidualBlock(4 * w)
        self.res5 = ResidualBlock(4 * w)
        self.up1 = ConvLayer(4 * w, 2 * w, 3, upsample=2)
        self.up2 = ConvLayer(2 * w, w, 3, upsample=2)
        self.out = ConvLayer(w, 3, 9, last=True)

    # a chain: what one stage gives enters the next, and nothing else does
    stages = ("conv1", "conv2", "conv3", "res1", "res2", "res3", "res4", "res5", "up1", "up2", "out")

    def forward(self, x: Tensor) -> Tensor:
        z = self.conv3(self.conv2(self.conv1(self.canvas(x))))  # (B, 4w, H/4, W/4)
        z = self.res5(self.res4(self.res3(self.res2(self.res1(z)))))
        return self.cropped(self.out(self.up2(self.up1(z))), x.shape[-2], x.shape[-1])

    def canvas(self, x: Tensor) -> Tensor:
        """What enters the first stage: the picture, or any map of its size, continued by reflection."""
        height, width = x.shape[-2], x.shape[-1]
        return F.pad(x, (MARGIN, MARGIN + -width % MULTIPLE, MARGIN, MARGIN + -height % MULTIPLE), mode="reflect")

    def cropped(self, y: Tensor, height: int, width: int) -> Tensor:
        """The picture in what the last stage gives."""
        return y[..., MARGIN : MARGIN + height, MARGIN : MARGIN + width]

    def input_channels(self, child: str) -> int:
        """Channels of the tensor that enters a child: the width of the tuning-block to put there.

        Raises:
            DynnetError: there is no such child.
        """
        entering = {"conv1": 3, "conv2": 1, "conv3": 2, "up2": 2, "out": 1} | {
            name: 4 for name in ("res1", "res2", "res3", "res4", "res5", "up1")
        }
        if child not in entering:
            raise DynnetError(f"a transformer net has no child {child!r}; it has {', '.join(entering)}")
        return entering[child] * (1 if child == "conv1" else self.width)
