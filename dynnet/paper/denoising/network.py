"""The demosaicking network of Gharbi et al. (SIGGRAPH Asia 2016), as its authors' package `demosaicnet` releases it.

Their network, our code: parameters have the authors' names, so that the released weights fit; the crop that matches
mosaic and residual is by constants, so that the network can be traced. It was trained on mosaics without noise.
"""

from collections import OrderedDict

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from dynnet.errors import DynnetError
from dynnet.paper.denoising.packages import package_file

PACKAGE, WEIGHTS = "demosaicnet", "data/bayer.pth"
DEPTH, WIDTH = 15, 64


class BayerNet(nn.Module):
    """Joint demosaicking of a Bayer mosaic: 15 convolutions at half resolution, and two at full resolution.

    The authors' convolutions do not pad, and what comes out is smaller by 31 pixels on each side. Here the mosaic is
    continued by reflection first, about its outermost pixels, which keeps the pattern of colours: the whole picture
    comes out.

    Shape: mosaic (B, 3, H, W) as `bayer_mosaic` makes it, H and W even and above 32 -> the same, about [0, 1].

    Args:
        depth, width: the released weights are for 15 and 64; tests take less.
    """

    def __init__(self, depth: int = DEPTH, width: int = WIDTH):
        super().__init__()
        layers: OrderedDict[str, nn.Module] = OrderedDict(pack_mosaic=nn.Conv2d(3, 4, 2, stride=2))
        for i in range(1, depth + 1):
            wide = 2 * width if i == depth else width  # filters and masks
            layers[f"conv{i}"] = nn.Conv2d(4 if i == 1 else width, wide, 3)
            layers[f"relu{i}"] = nn.ReLU(inplace=True)
        self.main_processor = nn.Sequential(layers)
        self.residual_predictor = nn.Conv2d(width, 12, 1)
        self.upsampler = nn.ConvTranspose2d(12, 3, 2, stride=2, groups=3)
        full = OrderedDict(post_conv=nn.Conv2d(6, width, 3), post_relu=nn.ReLU(inplace=True))
        self.fullres_processor = nn.Sequential(full | {"output": nn.Conv2d(width, 3, 1)})
        self._rim = 2 * depth  # pixels that the convolutions at half resolution take off each side

    def forward(self, mosaic: Tensor) -> Tensor:
        rim = self._rim
        padded = F.pad(mosaic, (rim + 2,) * 4, mode="reflect")  # an even number: the pattern stays where it is
        filters, masks = self.main_processor(padded).chunk(2, 1)
        upsampled = self.upsampler(self.residual_predictor(filters * masks))
        output = self.fullres_processor(torch.cat([padded[..., rim:-rim, rim:-rim], upsampled], 1))
        return output[..., 1:-1, 1:-1]

    def input_channels(self, path: str) -> int:
        """How many channels enter a convolution.

        Raises:
            DynnetError: there is no convolution of that path.
        """
        child = dict(self.named_modules()).get(path)
        if not isinstance(child, nn.Conv2d):
            raise DynnetError(f"blocks go before a convolution of the demosaicking network; {path!r} is none")
        return child.in_channels


def load_bayer_net() -> BayerNet:
    """The network with its authors' weights, from their installed package; frozen, in eval mode.

    Raises:
        DynnetError: the package is not installed, or its weights are of another network.
    """
    path = package_file(PACKAGE, WEIGHTS)
    with torch.device("meta"):  # new weights would be drawn only to be overwritten
        network = BayerNet()
    try:
        network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True), assign=True)
    except RuntimeError as error:
        raise DynnetError(f"{PACKAGE} holds another network than version 0.0.14 does; install that version") from error
    return network.requires_grad_(False).eval()
