"""Image completion under the reader's hand: a face, a hole to move about in it, and alpha (section 4.3, Figure 7)."""

from collections.abc import Iterable, Mapping

import ipywidgets
import numpy as np
import torch
from torch import Tensor

from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.paper.completion.best_alpha import Criterion, best_alpha
from dynnet.paper.completion.holes import box_hole, with_hole
from dynnet.paper.completion.l1 import hole_l1
from dynnet.paper.completion.measures import realism
from dynnet.paper.completion.patch_discriminator import PatchDiscriminator
from dynnet.paper.data.pictures import centre_square, jpeg_bytes, to_picture, to_tensor
from dynnet.paper.show.flip_book import FlipBook, Frame, View
from dynnet.paper.show.slider_parts import (
    LatestWins,
    PictureChoice,
    alpha_slider,
    jpeg_image,
    pixel_slider,
    side_by_side,
    titled,
)
from dynnet.walks import dynamic


class HoleSliders:
    """Three sliders for a square hole in a square picture, which it cannot leave.

    Args:
        side: of the picture, in pixels, at least 8.

    Display `left`, `top` and `size`, in pixels. At the start the hole is the centre, half the picture's side.

    Raises:
        DynnetError: a smaller picture.
    """

    def __init__(self, side: int):
        if side < 8:
            raise DynnetError(
                f"a hole to move needs a picture of at least 8 pixels a side, got {side}; take a larger one"
            )
        self._side = side
        self.left = pixel_slider("hole: left", side // 4, 0, side - side // 2)
        self.top = pixel_slider("hole: top", side // 4, 0, side - side // 2)
        self.size = pixel_slider("hole: size", side // 2, side // 8, 3 * side // 4)
        self.size.observe(self._resized, "value")

    @property
    def mask(self) -> Tensor:
        """(1, 1, side, side), 1 in the hole and 0 outside."""
        return box_hole(self._side, self.left.value, self.top.value, self.size.value)

    def _resized(self, _: object) -> None:
        """What `box_hole` would do to the mask unseen, the sliders show."""
        for place in (self.left, self.top):
            place.max = self._side - self.size.value  # pulls the value along


class CompletionExplorer:
    """Sliders for alpha and the hole, a choice of faces, an upload, and a button that finds this face's best alpha.

    "Best alpha for this face" is the one of lowest cost. The cost needs the true picture under the hole, which is known
    here because the hole is cut into a known face, an uploaded one too.

    Args:
        net: a completion net with tuning-blocks.
        critic: what judges realism.
        criterion: what the button minimises; of a walk that the same critic judged.
        pictures: {name: face (1, 3, H, W) in [0, 1]}.
        size: side in pixels that the net was trained at; the centre square of every face is brought to it.
        settings: alphas that the button tries.
        low, high: range of the slider of alpha; past 0 and 1 the walk extrapolates.

    Display `explorer.view`. `explorer.picture` is the completion shown, (1, 3, size, size).
    """

    def __init__(
        self,
        net: DynamicNet,
        critic: PatchDiscriminator,
        criterion: Criterion,
        pictures: Mapping[str, Tensor],
        size: int = 128,
        settings: Iterable[float] = tuple(np.linspace(0, 1, 11)),
        low: float = 0.0,
        high: float = 1.0,
    ):
        self._renderer, self._critic, self._criterion = dynamic(net), critic, criterion
        self._size, self._settings = size, np.array(list(settings), dtype=float)
        self.alpha = alpha_slider("α (0 = adversarial, 1 = L1)", low, high)
        self.hole = HoleSliders(size)
        self.button = ipywidgets.Button(description="best α for this face")
        self.choice = PictureChoice(pictures, self._set_picture)
        self.measures = ipywidgets.HTML()
        self._images = {name: jpeg_image(256) for name in ("with a hole", "completed", "true")}
        self._render, self._cut_soon = LatestWins(self._show), LatestWins(lambda _: self._cut())
        self.alpha.observe(lambda change: self._render(change.new), "value")
        for slider in (self.hole.left, self.hole.top, self.hole.size):
            slider.observe(self._cut_soon, "value")
        self.button.on_click(lambda _: self._choose())
        self._set_picture(self.choice.picture)
        places = [self.hole.left, self.hole.top, self.hole.size]
        chosen = [self.choice.menu, self.choice.upload, self.choice.status]
        controls = [self.alpha, self.button, *places, *chosen, self.measures]
        shown = [titled(name, image) for name, image in self._images.items()]
        self.view = View([side_by_side(controls, shown)], FlipBook({"": self._frame}, low, high))

    def _set_picture(self, x: Tensor) -> None:
        self._target = to_tensor(centre_square(to_picture(x), self._size)).to(x.device)
        self._images["true"].value = jpeg_bytes(to_picture(self._target))
        self._cut()

    @torch.no_grad()
    def _cut(self) -> None:
        """Another face or another hole: everything is computed once."""
        self._mask = self.hole.mask.to(self._target.device)
        x = with_hole(self._target, self._mask)
        self._holed = x[:, :3]
        self._images["with a hole"].value = jpeg_bytes(to_picture(self._holed))
        self._complete = self._renderer(x)
        self._show(self.alpha.value)

    @torch.no_grad()
    def _show(self, alpha: float) -> None:
        self.picture = self._complete(alpha)
        self._images["completed"].value = jpeg_bytes(to_picture(self.picture))  # first: it is what one looks at
        self.measures.value = self._reading(self.picture)

    @torch.no_grad()
    def _frame(self, alpha: float) -> Frame:
        y = self._complete(alpha)
        shown = {"with a hole": self._holed, "completed": y, "true": self._target}
        return Frame({name: to_picture(picture) for name, picture in shown.items()}, self._reading(y))

    def _reading(self, y: Tensor) -> str:
        l1, real = self._measured(y)
        cost = float(self._criterion.cost(l1, real))
        return f"in the hole: L1 {l1:.4f}, realism {real:+.2f} (critic's logit), cost {cost:.2f}"

    @torch.no_grad()
    def _choose(self) -> None:
        """Moves the slider to the alpha of lowest cost for this face and this hole."""
        l1, real = np.array([self._measured(self._complete(alpha)) for alpha in self._settings]).T
        self.alpha.value = best_alpha(self._settings, self._criterion.cost(l1, real)[None])[0]

    def _measured(self, y: Tensor) -> tuple[float, float]:
        """L1 in the hole and realism."""
        return hole_l1(y, self._target, self._mask).item(), realism(self._critic, y, self._mask).item()
