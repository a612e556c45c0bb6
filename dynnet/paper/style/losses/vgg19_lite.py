"""The feature network that ships: VGG19 up to conv3_4, with a third of its multiply-adds.

Its answers live in few directions: of the 256 numbers before conv3_4's ReLU, 72 say all but half a percent. So a layer
is a 3x3 convolution to those directions and a 1x1 one back to VGG19's own channels, and the ReLU cuts where VGG19's
does. The first three layers, at high resolution, are narrow instead; a 1x1 read-out gives relu1_2 its 64 channels.
Losses are on VGG19's scale. `dynnet distill` makes it (see `dynnet.paper.style.distillation`).
"""

from torch import Tensor, nn
from torch.nn import functional as F

from dynnet.paper.style.losses.vgg import VGGTrunk
from dynnet.paper.style.losses.vgg_teachers import CAFFE_MEAN_RGB, CAFFE_SCALE

LITE_TAPS = ("relu1_2", "relu2_2", "relu3_4")
LITE_WIDTHS = {
    "conv1_1": 24, "conv1_2": 32,
    "conv2_1": 64, "conv2_2": 128,
    "conv3_1": 256, "conv3_2": 256, "conv3_3": 256, "conv3_4": 256,
}  # fmt: skip
LITE_RANKS = {"conv2_2": 64, "conv3_1": 96, "conv3_2": 96, "conv3_3": 72, "conv3_4": 72}


class VGG19Lite(VGGTrunk):
    """The distilled student: {relu1_2: 64, relu2_2: 128, relu3_4: 256 channels}, 0.8 M parameters."""

    def __init__(self) -> None:
        mean, std = [m / 255 for m in CAFFE_MEAN_RGB], [CAFFE_SCALE / 255] * 3
        super().__init__(LITE_WIDTHS, LITE_TAPS, mean, std)
        for name, rank in LITE_RANKS.items():
            self.convs[name] = low_rank_conv(self.convs[name], rank)
        self.readout = nn.Conv2d(LITE_WIDTHS["conv1_2"], 64, 1)

    def read(self, tap: str, z: Tensor) -> Tensor:
        return F.relu(self.readout(z), inplace=True) if tap == "relu1_2" else z


def low_rank_conv(conv: nn.Conv2d, rank: int) -> nn.Sequential:
    """A 3x3 convolution in the shape of `conv` whose outputs vary in `rank` directions; weights are new."""
    return nn.Sequential(
        nn.Conv2d(conv.in_channels, rank, 3, padding=1, bias=False), nn.Conv2d(rank, conv.out_channels, 1)
    )
