"""A small classifier of face attributes, several at once: the judge of generated faces (section 4.2, Figure 6).

It is shown faces of the size that DCGAN makes. Its last layer but one is pooled over the face and serves as the feature
space in which sets of faces are compared.
"""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from dynnet.errors import DynnetError
from dynnet.paper.faces.network import SIZE


class AttributeClassifier(nn.Module):
    """Faces in, one logit per attribute: above 0 for those who have it. Use it in eval mode, where no face sees others.

    Children, in order: down1, down2, keep2, down3, keep3, down4, keep4, out. All but the last are 3x3 convolution,
    BatchNorm and ReLU; each `down` halves the sides, so that with width w the convolutions end at (8w, 4, 4). With the
    default width there are 0.29 M weights, and a face takes 11 M multiply-adds.

    Args:
        attributes: the names, in the order of the logits.
        width: channels of the first layer; there are eight times as many features.

    Attributes:
        attributes: the names.

    Raises:
        DynnetError: no attributes, one of them twice, or width below 1.
    """

    def __init__(self, attributes: Sequence[str], width: int = 16):
        super().__init__()
        self.attributes = tuple(attributes)
        if not self.attributes or len(set(self.attributes)) < len(self.attributes):
            shown = ", ".join(self.attributes) or "none"
            raise DynnetError(f"a classifier needs one or more attributes, each once, got {shown}; correct the list")
        if width < 1:
            raise DynnetError(f"the width of a classifier is at least 1, got {width}; the default is 16")
        w = width
        self.down1 = _convolution(3, w, stride=2)
        self.down2 = _convolution(w, 2 * w, stride=2)
        self.keep2 = _convolution(2 * w, 2 * w)
        self.down3 = _convolution(2 * w, 4 * w, stride=2)
        self.keep3 = _convolution(4 * w, 4 * w)
        self.down4 = _convolution(4 * w, 8 * w, stride=2)
        self.keep4 = _convolution(8 * w, 8 * w)
        self.out = nn.Linear(8 * w, len(self.attributes))

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, A) of faces (B, 3, 64, 64) in [0, 1].

        Raises:
            DynnetError: faces of another shape.
        """
        return self.out(self.features(x))

    def scores(self, x: Tensor) -> Tensor:
        """Probabilities (B, A), in [0, 1], that the faces have the attributes; as `forward` otherwise."""
        return self.scores_of(self.features(x))

    def scores_of(self, features: Tensor) -> Tensor:
        """The same from `features` that are there already: (..., 8 * width) -> (..., A)."""
        return torch.sigmoid(self.out(features))

    def features(self, x: Tensor) -> Tensor:
        """The penultimate features (B, 8 * width), at least 0: the last activations, averaged over the face.

        Raises:
            DynnetError: faces of another shape.
        """
        if x.shape[1:] != (3, SIZE, SIZE):
            raise DynnetError(f"a classifier takes (B, 3, {SIZE}, {SIZE}), got {tuple(x.shape)}; resize the faces")
        z = self.keep2(self.down2(self.down1(2 * x - 1)))  # (B, 2w, 16, 16)
        z = self.keep3(self.down3(z))
        return self.keep4(self.down4(z)).mean((2, 3))

    def index(self, name: str) -> int:
        """The column of an attribute in logits and scores.

        Raises:
            DynnetError: no attribute has that name.
        """
        if name not in self.attributes:
            raise DynnetError(f"the classifier does not know {name!r}; it knows {', '.join(self.attributes)}")
        return self.attributes.index(name)


def _convolution(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))
