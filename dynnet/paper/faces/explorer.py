"""Faces under the reader's hand: a grid of them, and a slider for each attribute (Figure 6)."""

import html
from collections.abc import Mapping

import ipywidgets
import numpy as np
import torch
from torch import Tensor

from dynnet.calibration import Calibration
from dynnet.dynamic import DynamicNet
from dynnet.errors import DynnetError
from dynnet.incremental import IncrementalForward
from dynnet.paper.data.pictures import jpeg_bytes, to_picture
from dynnet.paper.faces.network import Generator
from dynnet.paper.show.flip_book import FlipBook, Frame, View
from dynnet.paper.show.plots import sheet
from dynnet.paper.show.slider_parts import LatestWins, alpha_slider, jpeg_image, side_by_side

UNNAMED = "α"  # the slider of a Dynamic-Net whose blocks are not in named sets
_COUNT, _ROW = 16, 4  # faces in all, and in a row
_LARGEST_SEED = 2**63 - 1
_WIDTH = 540  # of the grid on the page, in pixels
_BUDGET = 440_000  # bytes of a flip book, of which Figure 6's page has two


class FaceExplorer:
    """A grid of 16 faces, a slider over alpha for each named set of blocks, a seed, and a button for new faces.

    With calibrations there is a box "equal steps": while it is ticked, the sliders that have one move in equal steps of
    their attribute, and the line below says which alpha that is.

    Args:
        net: a Dynamic-Net on a `Generator`; several attributes are put together by `dynnet.dynamic.join`.
        calibrations: {set name: calibration}; the only slider of a net without named sets is called "α".
        seed: of the first faces.
        low, high: range of the sliders; past 0 and 1 the walk extrapolates.

    Display `explorer.view`. `explorer.faces` is what is shown, (16, 3, 64, 64) in [0, 1].

    Raises:
        DynnetError: the main network is no `Generator`, a calibration is of a set that there is not, or the seed is
            none.
    """

    def __init__(
        self,
        net: DynamicNet,
        calibrations: Mapping[str, Calibration] | None = None,
        seed: int = 0,
        low: float = 0.0,
        high: float = 1.0,
    ):
        if not isinstance(net.main, Generator):
            raise DynnetError(f"faces are drawn by a Generator, got a Dynamic-Net on a {type(net.main).__name__}")
        self._net, self._calibrations = net, dict(calibrations or {})
        self.sliders = {name: alpha_slider(f"α of {name}", low, high) for name in net.sets}
        self.sliders = self.sliders or {UNNAMED: alpha_slider(UNNAMED, low, high)}
        if unknown := [name for name in self._calibrations if name not in self.sliders]:
            raise DynnetError(f"no slider {unknown[0]!r} to calibrate; there are {', '.join(self.sliders)}")
        self.equal_steps = ipywidgets.Checkbox(False, description="equal steps")
        self.seed = ipywidgets.Text(str(seed), description="seed", continuous_update=False)
        self.new_faces = ipywidgets.Button(description="New faces")
        self.status = ipywidgets.HTML()
        self._image = jpeg_image(_WIDTH)
        self._render = LatestWins(self._show)
        first = parse_seed(self.seed.value)
        self._incremental = IncrementalForward(net, self._latents(first))  # traced once
        self._start(first)
        for control in (*self.sliders.values(), self.equal_steps):
            control.observe(lambda _: self._render(self.alphas), "value")
        self.seed.observe(lambda _: self._seed_typed(), "value")
        self.new_faces.on_click(lambda _: self._next_seed())
        boxes = [self.equal_steps] if self._calibrations else []
        controls = [*self.sliders.values(), *boxes, self.seed, self.new_faces, self.status]
        walks = {name: lambda alpha, name=name: self._frame({name: alpha}) for name in self.sliders}
        book = FlipBook(walks, low, high, _WIDTH, budget=_BUDGET)
        self.view = View([side_by_side(controls, [self._image])], book)

    @property
    def alphas(self) -> dict[str, float]:
        """The working point that the sliders are at, {slider: alpha}."""
        calibrations = self._calibrations if self.equal_steps.value else {}
        return {name: calibrations.get(name, float)(slider.value) for name, slider in self.sliders.items()}

    def _seed_typed(self) -> None:
        try:
            seed = parse_seed(self.seed.value)
        except DynnetError as error:
            self.status.value = f"<b>{html.escape(str(error))}</b>"
            return
        self._start(seed)

    def _next_seed(self) -> None:
        """From the last seed that was one; the faces follow from the seed box."""
        self.seed.value = str((self._seed + 1) % (_LARGEST_SEED + 1))

    def _latents(self, seed: int) -> Tensor:
        """(16, latent), the same on every device."""
        z = torch.randn(_COUNT, self._net.main.latent, generator=torch.Generator().manual_seed(seed))
        return z.to(next(self._net.parameters()).device)

    def _start(self, seed: int) -> None:
        """The faces of another seed, at the working point that the sliders are at."""
        self._seed = seed
        z = self._latents(seed)
        self._incremental.set_input(z)
        self._show(self.alphas)

    def _drawn(self, alphas: Mapping[str, float]) -> Tensor:
        return self._incremental(alphas if self._net.sets else alphas[UNNAMED])

    def _frame(self, alphas: Mapping[str, float]) -> Frame:
        return Frame({f"faces of seed {self._seed}": _grid(self._drawn(alphas))})

    def _show(self, alphas: Mapping[str, float]) -> None:
        self.faces = self._drawn(alphas)
        self._image.value = jpeg_bytes(_grid(self.faces))
        reading = ", ".join(f"{name}: {alpha:.2f}" for name, alpha in alphas.items())
        self.status.value = f"seed {self._seed}; α of {html.escape(reading)}"


def _grid(faces: Tensor) -> np.ndarray:
    return to_picture(sheet(faces, columns=_ROW, gap=2))


def parse_seed(text: str) -> int:
    """A seed as it was typed.

    Raises:
        DynnetError: it is no integer from 0 to 2^63 - 1.
    """
    try:
        seed = int(text)
    except ValueError:
        seed = -1
    if not 0 <= seed <= _LARGEST_SEED:
        raise DynnetError(f"a seed is an integer from 0 to 2^63 - 1, got {text[:40]!r}; type one such as 7")
    return seed
