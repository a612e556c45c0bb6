"""How pictures are to look: at which α, where, in whose colours. One for everything that a command renders."""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from dynnet.dynamic import DynamicNet
from dynnet.paper.render.colours import with_colours_of
from dynnet.paper.render.equal_steps import equal_steps
from dynnet.paper.render.mask import Mask
from dynnet.paper.render.painter import Painter
from dynnet.paper.render.strengths import Strength

Painted = Callable[[Strength, float], Tensor]


@dataclass(frozen=True)
class Look:
    """What was asked for.

    Attributes:
        strengths: the α to render at.
        mask: what α is multiplied by, place by place.
        keep_colours: whether the painting takes the photo's colours.
        equal: whether equal steps of what is written as α are to be equal changes of the picture.
    """

    strengths: tuple[Strength, ...]
    mask: Mask | None = None
    keep_colours: bool = False
    equal: bool = False

    @property
    def text(self) -> str:
        """All of it, for what remembers how a picture was made."""
        parts = [",".join(strength.text for strength in self.strengths), self.mask.identity if self.mask else "-"]
        return " ".join([*parts, f"colours={self.keep_colours}", f"equal={self.equal}"])

    def check(self, net: DynamicNet) -> None:
        """Makes sure that the network has what the strengths name.

        Raises:
            DynnetError: it has no such block.
        """
        for strength in self.strengths:
            net.alphas(strength.at())

    def steps(self, painter: Painter, x: Tensor) -> Callable[[float], float]:
        """What a number that was written as α stands for, on a picture."""
        return equal_steps(painter, x) if self.equal else float

    def painting(
        self, painter: Painter, x: Tensor, name: str, several: bool, steps: Callable[[float], float]
    ) -> Painted:
        """What renders x, (1, 3, H, W) in [0, 1], at a strength and a time from 0 to 1.

        Raises:
            DynnetError: a strength names no block; the mask is of another shape than the picture.
        """
        strength_map = self.mask.at(*x.shape[-2:], name) if self.mask else None
        paint = painter.painting(x, several)

        def painted(strength: Strength, time: float = 0.0) -> Tensor:
            alpha = strength.at(time, steps)
            y = paint(alpha if strength_map is None else painter.alpha_map(alpha, strength_map))
            return with_colours_of(x, y) if self.keep_colours else y

        return painted
