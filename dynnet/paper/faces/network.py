"""The networks of DCGAN (Radford et al. 2016), the paper's choice for face generation (section 4.2).

As in the official code: five 4x4 layers each way, no dense ones, all weights drawn from N(0, 0.02). The width is a
parameter; 128 is Radford et al.'s. One thing differs: the discriminator has layer norm where theirs has BatchNorm.
"""

import torch
from torch import Tensor, nn

from dynnet.errors import DynnetError

OFFICIAL_BLOCKS = ("up3",)  # where the official code puts its tuning-block: after the third layer, at 16x16
SIZE = 64  # side of a face in pixels
_STD = 0.02  # of the initial weights


class UpLayer(nn.Module):
    """Transposed 4x4 convolution, then BatchNorm and ReLU or, in the last layer, tanh brought to [0, 1].

    tanh and not a sigmoid: twice as steep, (tanh + 1) / 2 is Radford et al.'s output on our scale, which their learning
    rate and initial weights are made for.
    """

    def __init__(self, c_in: int, c_out: int, stride: int = 2, last: bool = False):
        super().__init__()
        self.conv = nn.ConvTranspose2d(c_in, c_out, 4, stride, padding=stride // 2, bias=last)
        self.norm = nn.Identity() if last else nn.BatchNorm2d(c_out)
        self.last = last

    def forward(self, x: Tensor) -> Tensor:
        y = self.norm(self.conv(x))
        return (torch.tanh(y) + 1) / 2 if self.last else torch.relu(y)


class DownLayer(nn.Module):
    """4x4 convolution that halves the sides, layer norm (unless it is the first) and leaky ReLU.

    No BatchNorm: with it the logit of a picture hangs on its batch, real and fake batches are told apart by their
    statistics, and R1 is no penalty on a picture's own gradient. Layer norm is what Gulrajani et al. (2017) put in its
    place; one group of channels is the whole picture.
    """

    def __init__(self, c_in: int, c_out: int, first: bool = False):
        super().__init__()
        self.conv = nn.Conv2d(c_in, c_out, 4, 2, padding=1, bias=first)
        self.norm = nn.Identity() if first else nn.GroupNorm(1, c_out)
        self.activation = nn.LeakyReLU(0.2)

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(self.norm(self.conv(x)))


class Generator(nn.Module):
    """Latents in, faces out; use it in eval mode, where a face depends on its own latent and no other.

    Children, in order: project, up1, up2, up3, out. With width w the tensors that enter up1, up2, up3 and out have 8w,
    4w, 2w and w channels and sides of 4, 8, 16 and 32 pixels.

    Args:
        width: channels of the last layer's input; 128 in DCGAN.
        latent: numbers in a latent, drawn from N(0, 1); 100 in DCGAN.

    Shape: z (B, latent) or (B, latent, 1, 1) -> (B, 3, 64, 64) in [0, 1].

    Raises:
        DynnetError: width or latent below 1; latents of another shape.
    """

    def __init__(self, width: int = 128, latent: int = 100):
        super().__init__()
        if min(width, latent) < 1:
            raise DynnetError(f"width and latent are at least 1, got {width} and {latent}; DCGAN's are 128 and 100")
        w = self.width = width
        self.latent = latent
        self.project = UpLayer(latent, 8 * w, stride=1)
        self.up1 = UpLayer(8 * w, 4 * w)
        self.up2 = UpLayer(4 * w, 2 * w)
        self.up3 = UpLayer(2 * w, w)
        self.out = UpLayer(w, 3, last=True)
        self.apply(_initialise)

    def forward(self, z: Tensor) -> Tensor:
        x = self.up2(self.up1(self.project(_as_pixels(z, self.latent))))  # (B, 2w, 16, 16)
        return self.out(self.up3(x))

    def input_channels(self, child: str) -> int:
        """Channels of the tensor that enters a child: the width of the tuning-block to put there.

        Raises:
            DynnetError: there is no such child.
        """
        w = self.width
        entering = {"project": self.latent, "up1": 8 * w, "up2": 4 * w, "up3": 2 * w, "out": w}
        if child not in entering:
            raise DynnetError(f"a generator has no child {child!r}; it has {', '.join(entering)}")
        return entering[child]


class Discriminator(nn.Module):
    """Faces in, one logit each: above 0 for what looks real. A logit depends on its own picture and no other.

    Args:
        width: channels of the first layer; 128 in DCGAN.

    Shape: x (B, 3, 64, 64) in [0, 1], or a little outside after augmentation -> (B,).

    Raises:
        DynnetError: width below 1; pictures of another shape.
    """

    def __init__(self, width: int = 128):
        super().__init__()
        if width < 1:
            raise DynnetError(f"the width of a discriminator is at least 1, got {width}; DCGAN's is 128")
        w = self.width = width
        self.down1 = DownLayer(3, w, first=True)
        self.down2 = DownLayer(w, 2 * w)
        self.down3 = DownLayer(2 * w, 4 * w)
        self.down4 = DownLayer(4 * w, 8 * w)
        self.out = nn.Conv2d(8 * w, 1, 4)
        self.apply(_initialise)

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[1:] != (3, SIZE, SIZE):
            raise DynnetError(f"a discriminator takes (B, 3, {SIZE}, {SIZE}), got {tuple(x.shape)}; resize the faces")
        z = self.down2(self.down1(2 * x - 1))  # DCGAN's scale, [-1, 1]
        return self.out(self.down4(self.down3(z))).flatten()


@torch.fx.wrap  # one call in a traced graph: tracing cannot look at shapes
def _as_pixels(z: Tensor, latent: int) -> Tensor:
    """(B, latent) or (B, latent, 1, 1) -> (B, latent, 1, 1)."""
    if z.ndim < 2 or z.shape[1:] not in ((latent,), (latent, 1, 1)):
        raise DynnetError(f"a generator takes latents (B, {latent}) or (B, {latent}, 1, 1), got {tuple(z.shape)}")
    return z.reshape(-1, latent, 1, 1)


def _initialise(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, _STD)
    elif isinstance(module, nn.BatchNorm2d | nn.GroupNorm):
        nn.init.normal_(module.weight, 1.0, _STD)
    else:
        return
    if module.bias is not None:
        nn.init.zeros_(module.bias)
