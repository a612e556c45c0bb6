"""How restless a still scene becomes: what changes between frames that differ in the camera's noise alone."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

NOISE = 4 / 255  # standard deviation of a colour: a phone's in the evening
FRAMES = 6


class Flicker(NamedTuple):
    """Mean absolute change of a colour from one frame to the next, in grey levels of 255.

    Attributes:
        before: of the frames as they come from the camera.
        after: of the rendered ones.
    """

    before: float
    after: float

    @property
    def ratio(self) -> float:
        """How many times as restless the rendered film is."""
        return self.after / self.before


@torch.no_grad()
def flicker(
    render: Callable[[Tensor], Tensor], scene: Tensor, noise: float = NOISE, frames: int = FRAMES, seed: int = 0
) -> Flicker:
    """Measures a network at one α on a still scene (1, 3, H, W) in [0, 1], with new noise for every frame."""
    generator = torch.Generator().manual_seed(seed)
    before = after = 0.0
    last: tuple[Tensor, Tensor] | None = None
    for _ in range(frames):
        shown = (scene + noise * torch.randn(scene.shape, generator=generator).to(scene)).clamp(0, 1)
        shown = shown.mul(255).round().div(255)  # as a film stores it
        painted = render(shown).clamp(0, 1)
        if last is not None:
            before += float((shown - last[0]).abs().mean())
            after += float((painted - last[1]).abs().mean())
        last = shown, painted
    return Flicker(255 * before / (frames - 1), 255 * after / (frames - 1))
