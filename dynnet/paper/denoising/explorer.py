"""A denoising slider: a photo, a sensor's noise, and alpha, which starts where the measured noise says."""

from collections.abc import Mapping

import ipywidgets
import numpy as np
import torch
from torch import Tensor

from dynnet.dynamic import DynamicNet
from dynnet.paper.data.pictures import jpeg_bytes, to_picture
from dynnet.paper.denoising.measures import AlphaLine, psnr
from dynnet.paper.denoising.mosaics import estimated_sigma, noisy_mosaic
from dynnet.paper.show.flip_book import FlipBook, Frame, View
from dynnet.paper.show.slider_parts import (
    LatestWins,
    PictureChoice,
    alpha_slider,
    jpeg_image,
    side_by_side,
    titled,
)
from dynnet.walks import dynamic

MOSAIC, PLAIN, HERE, PHOTO = "raw mosaic", "network as it is, α = 0", "at α", "photo"
_SMALLEST = 64  # pixels; what the network continues by reflection must be smaller than the picture


class DenoiseExplorer:
    """Sliders for the noise and for alpha, a choice of photos, an upload, and a button that measures the noise.

    The raw mosaic is simulated from the photo. The button sets alpha to what the measured noise predicts, as does every
    new photo and every new noise; the photo itself is used for the PSNR that is shown, and for nothing else.

    Args:
        net: the demosaicking network with tuning-blocks.
        line: from measured noise to alpha.
        pictures: {name: photo (1, 3, H, W) in [0, 1]}.
        sigma: of the noise at the start.
        low, high: range of the slider of alpha; past 0 and 1 the walk extrapolates.

    Display `explorer.view`. `explorer.picture` is what is shown, (1, 3, H, W), even sides.
    """

    def __init__(
        self,
        net: DynamicNet,
        line: AlphaLine,
        pictures: Mapping[str, Tensor],
        sigma: float = 0.05,
        low: float = 0.0,
        high: float = 1.5,
    ):
        self._renderer, self._line = dynamic(net), line
        self.alpha = alpha_slider("α (0 = trust the sensor, 1 = smooth)", low, high)
        self.sigma = alpha_slider("noise σ", 0.0, 0.15)
        self.sigma.step, self.sigma.value = 0.01, sigma
        self.button = ipywidgets.Button(description="α from the noise")
        self.choice = PictureChoice(pictures, lambda _: self._expose())
        self.measures = ipywidgets.HTML()
        self._images = {name: jpeg_image(256) for name in (MOSAIC, PLAIN, HERE, PHOTO)}
        self._render, self._expose_soon = LatestWins(self._show), LatestWins(lambda _: self._expose())
        self.alpha.observe(lambda change: self._render(change.new), "value")
        self.sigma.observe(self._expose_soon, "value")
        self.button.on_click(lambda _: self._choose())
        chosen = [self.choice.menu, self.choice.upload, self.choice.status]
        controls = [self.sigma, self.alpha, self.button, *chosen, self.measures]
        shown = [titled(name, image) for name, image in self._images.items()]
        self.view = View([side_by_side(controls, shown)], FlipBook({"": self._frame}, low, high))
        self._expose()

    @torch.no_grad()
    def _expose(self) -> None:
        """Another photo or another noise: everything is computed once."""
        self._photo = with_even_sides(self.choice.picture)
        self._mosaic = noisy_mosaic(self._photo, self.sigma.value, seed=0)
        self._noise = estimated_sigma(self._mosaic)
        self._complete = self._renderer(self._mosaic)
        self._plain = self._complete(0.0)
        for name, picture in self._still().items():
            self._images[name].value = jpeg_bytes(picture)
        self._choose()

    def _choose(self) -> None:
        """Moves the slider to what the measured noise predicts."""
        self.alpha.value = round(self._line(self._noise).item(), 2)
        self._show(self.alpha.value)

    @torch.no_grad()
    def _show(self, alpha: float) -> None:
        self.picture = self._complete(alpha)
        self._images[HERE].value = jpeg_bytes(to_picture(self.picture))  # first: it is what one looks at
        self.measures.value = self._reading(self.picture)

    @torch.no_grad()
    def _frame(self, alpha: float) -> Frame:
        y = self._complete(alpha)
        still = self._still()
        return Frame(
            {MOSAIC: still[MOSAIC], PLAIN: still[PLAIN], HERE: to_picture(y), PHOTO: still[PHOTO]}, self._reading(y)
        )

    def _still(self) -> dict[str, np.ndarray]:
        """What alpha does not change."""
        pictures = {MOSAIC: self._mosaic, PLAIN: self._plain, PHOTO: self._photo}
        return {name: to_picture(picture) for name, picture in pictures.items()}

    def _reading(self, y: Tensor) -> str:
        here, plain = (psnr(one, self._photo).item() for one in (y, self._plain))
        return f"noise measured in the mosaic: {self._noise.item():.3f}; PSNR {here:.1f} dB, at α = 0 {plain:.1f} dB"


def with_even_sides(x: Tensor) -> Tensor:
    """A photo without its last row or column where there is an odd one; a small one is enlarged to 64 pixels a side.

    Shape: (1, 3, H, W) -> (1, 3, H', W'), both even.
    """
    height, width = x.shape[-2:]
    if min(height, width) < _SMALLEST:
        scale = _SMALLEST / min(height, width)
        x = torch.nn.functional.interpolate(x, scale_factor=scale, mode="bilinear", align_corners=False)
    return x[..., : x.shape[-2] // 2 * 2, : x.shape[-1] // 2 * 2]
