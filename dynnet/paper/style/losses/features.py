"""Losses, one per file, and the feature networks under them."""

from dynnet.checkpoints import load_checkpoint, restore
from dynnet.errors import DynnetError
from dynnet.paper.locations import CHECKPOINTS
from dynnet.paper.style.losses.vgg import VGGTrunk
from dynnet.paper.style.losses.vgg19_lite import VGG19Lite
from dynnet.paper.style.losses.vgg_teachers import vgg16

VGG19_LITE = CHECKPOINTS / "vgg19_lite.safetensors"

LAMBDA_UNIT = {"vgg16": 1.0, "vgg19_lite": 5e-5}
"""What lambda = 1 of the paper weighs here, per feature network.

The style loss goes with the fourth power of the activations, so a lambda belongs to a feature network. The paper's is
torchvision's VGG16. For `vgg19_lite`, whose activations have another scale, the constant is chosen by eye, such that
the paper's range does what it does there: 2e4 is a light touch and 1e6 the full style of the default house style.
"""


def feature_network(name: str) -> VGGTrunk:
    """A frozen feature network: `vgg19_lite` (shipped) or `vgg16` (the paper's, fetched once by torchvision).

    Raises:
        DynnetError: an unknown name; weights that are missing, altered or not to be fetched.
    """
    if name == "vgg16":
        return vgg16()
    if name == "vgg19_lite":
        network = VGG19Lite()
        restore(network, load_checkpoint(VGG19_LITE).tensors, VGG19_LITE)
        return network.frozen()
    raise DynnetError(f"no feature network {name!r}; there are vgg19_lite and vgg16")


def features_sha256(name: str) -> str:
    """Which weights a feature network has: Gram matrices of one `vgg19_lite` mean nothing to another.

    Empty for `vgg16`, whose weights are torchvision's.

    Raises:
        DynnetError: the weights are missing or altered.
    """
    return load_checkpoint(VGG19_LITE).sha256 if name == "vgg19_lite" else ""


def style_weight(lambda_style: float, features: str) -> float:
    """The weight of the style loss for a lambda in the paper's units (section 4.1: 2e4 ... 1e6)."""
    return lambda_style * LAMBDA_UNIT[features]


__all__ = ["LAMBDA_UNIT", "VGG19_LITE", "feature_network", "features_sha256", "style_weight"]
