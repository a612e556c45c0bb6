"""The feature network that ships: VGG19 up to conv3_4, distilled to half a million parameters.

Narrower trunk, and a 1x1 read-out with ReLU at each tap back to VGG19's own 64, 128 and 256 channels, so that
losses computed on it are on VGG19's scale. `dynnet distill` makes it (see `dynnet.distillation`).
"""

from torch import Tensor, nn
from torch.nn import functional as F

from dynnet.losses.vgg import VGGTrunk
from dynnet.losses.vgg_teachers import CAFFE_MEAN_RGB, CAFFE_SCALE

LITE_WIDTHS = {
    "conv1_1": 24, "conv1_2": 32,
    "conv2_1": 48, "conv2_2": 64,
    "conv3_1": 96, "conv3_2": 96, "conv3_3": 128, "conv3_4": 128,
}  # fmt: skip
LITE_READOUTS = {"relu1_2": (32, 64), "relu2_2": (64, 128), "relu3_4": (128, 256)}


class VGG19Lite(VGGTrunk):
    """The distilled student: {relu1_2: 64, relu2_2: 128, relu3_4: 256 channels}, about 0.5 M parameters."""

    def __init__(self) -> None:
        mean, std = [m / 255 for m in CAFFE_MEAN_RGB], [CAFFE_SCALE / 255] * 3
        super().__init__(LITE_WIDTHS, tuple(LITE_READOUTS), mean, std)
        self.readouts = nn.ModuleDict({tap: nn.Conv2d(a, b, 1) for tap, (a, b) in LITE_READOUTS.items()})

    def read(self, tap: str, z: Tensor) -> Tensor:
        return F.relu(self.readouts[tap](z), inplace=True)
