"""The decoder of AdaIN (Huang and Belongie 2017): features back to a picture; see `adain`."""

from itertools import pairwise

from torch import Tensor, nn

from dynnet.errors import DynnetError


class Decoder(nn.Module):
    """VGG19's trunk mirrored: reflection padding, nearest upsampling, and no normalisation, as theirs.

    Args:
        channels: of the features that come in.
        width: channels at the picture's own size; 64 mirrors VGG19.
        doublings: how often the side is doubled; 2 for relu3_4.

    Shape: z (B, channels, H, W) with H, W >= 2 -> (B, 3, 2^doublings H, 2^doublings W) in [0, 1].

    Raises:
        DynnetError: width below 1.
    """

    def __init__(self, channels: int, width: int, doublings: int = 2):
        super().__init__()
        if width < 1:
            raise DynnetError(f"the width of a decoder is at least 1, got {width}; 64 mirrors VGG19")
        layers: list[nn.Module] = []
        for level in range(doublings, 0, -1):
            here, above = width * 2**level, width * 2 ** (level - 1)
            convs = 4 if level > 1 else 2  # as VGG19 has in the block of that size
            sizes = [channels, *[here] * (convs - 1), above]
            layers += [_conv(a, b) for a, b in pairwise(sizes)]
            layers.append(nn.Upsample(scale_factor=2.0))
            channels = above
        self.layers = nn.Sequential(*layers, _conv(channels, width), _conv(width, 3, nn.Sigmoid()))

    def forward(self, z: Tensor) -> Tensor:
        return self.layers(z)


def _conv(c_in: int, c_out: int, activation: nn.Module | None = None) -> nn.Module:
    conv = nn.Conv2d(c_in, c_out, 3, padding=1, padding_mode="reflect")
    return nn.Sequential(conv, activation or nn.ReLU())
