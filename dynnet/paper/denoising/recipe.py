"""What a recipe of networks by others may say."""

from typing import Literal, Self

from pydantic import Field, model_validator

from dynnet.paper.denoising.style_network import STYLES
from dynnet.paper.recipe_base import BaseEvaluation, BaseNetwork, BaseProfile, BaseRecipe, Strict
from dynnet.schedule import Schedule

DEMOSAICKING, STYLISATION = "demosaicking", "stylisation"  # the networks of others, and what is said of their blocks


class Point(Strict):
    """A point of the walk that blocks are trained at: an alpha, and the noise that belongs to it."""

    alpha: float
    sigma: float = Field(ge=0)


class Network(BaseNetwork):
    """One network.

    `given`: the demosaicking or the style network, as its package brings it; the latter at the style number `index`.
    `main`: all weights of the demosaicking network, for the noise `sigma`; what is kept is the difference.
    `blocks`: tuning-blocks on the network that `on` names: for noise, at the points of `walk`; for style, on content +
    `lambda_style` times the style loss.
    """

    kind: Literal["given", "main", "blocks"]
    index: int | None = Field(None, ge=0, lt=STYLES)
    walk: tuple[Point, ...] = ()
    sigma: float | None = Field(None, ge=0)
    lambda_style: float | None = Field(None, ge=0, description="in the paper's units")

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        if self.kind == "given" and (self.name == STYLISATION) != (self.index is not None):
            raise ValueError(f"{self.name}: {STYLISATION!r}, and no other, has an 'index'")
        if self.kind == "given" and self.name not in (DEMOSAICKING, STYLISATION):
            raise ValueError(f"{self.name}: the networks of others are {DEMOSAICKING!r} and {STYLISATION!r}")
        if (self.kind == "main") != (self.sigma is not None) or (self.kind == "main") != (self.start is not None):
            raise ValueError(f"{self.name}: 'sigma' and 'start' are for kind = \"main\" and needed there")
        if (bool(self.walk) + (self.lambda_style is not None)) != (self.kind == "blocks"):
            raise ValueError(f"{self.name}: blocks, and no others, have 'walk' or 'lambda_style', one of the two")
        stands_on = STYLISATION if self.lambda_style is not None else DEMOSAICKING
        if (self.on or self.start) not in (None, stands_on):
            raise ValueError(f"{self.name}: it belongs on {stands_on!r}")
        return self


class Photos(Strict):
    """What is trained on: squares of `size` pixels, crops of `crop` of them scaled by a factor in `scale`."""

    size: int = 256
    crop: int = Field(ge=36, multiple_of=4)
    scale: tuple[float, float] = (0.5, 1.0)
    batch: int = Field(ge=1)
    held_out: int = Field(128, ge=1)


class Evaluation(BaseEvaluation):
    pictures: int = Field(ge=2)
    others: int = Field(ge=2, description="pictures that the line for the default alpha is fitted on")
    size: int = Field(ge=64, multiple_of=4)
    style_pictures: int = Field(ge=1)
    style_size: int = Field(ge=64, multiple_of=4)
    alphas: tuple[float, ...] = Field(min_length=3, description="shares, too; ascending, 0 and 1 are among them")
    shares: tuple[float, ...] = Field(min_length=3, description="points of the style network's walks, likewise")

    @model_validator(mode="after")
    def _ends_are_there(self) -> Self:
        for points in (self.alphas, self.shares):
            if not {0.0, 1.0} <= set(points) or list(points) != sorted(points):
                raise ValueError(f"a walk ascends and has 0 and 1 among its points, got {points}")
        return self


class Profile(BaseProfile):
    photos: Photos
    style_photos: Photos
    total_variation: float = Field(ge=0, description="weight in the objectives of the style network's blocks")
    warm: Schedule
    blocks: Schedule
    style_blocks: Schedule
    evaluation: Evaluation


class Demosaicking(Strict):
    """Where the demosaicking network's blocks are, how wide they are at least, and the noises that are measured."""

    blocks_at: tuple[str, ...]
    width: int = Field(ge=1)
    sigmas: tuple[float, ...] = Field(min_length=2)


class Stylisation(Strict):
    """The same of the style network's, and the drawn style that blocks lead to."""

    blocks_at: tuple[str, ...]
    width: int = Field(ge=1)
    house: str
    size: int = Field(256, ge=16, description="of the drawing, in pixels")


class Recipe(BaseRecipe):
    """Blocks on networks of others, and what they are compared with."""

    demosaicking: Demosaicking
    stylisation: Stylisation
    networks: tuple[Network, ...]
    profile: Profile

    def full_phase(self, network: Network) -> Schedule:
        """What the profile says for a network's kind, or for blocks of a style."""
        return self.profile.style_blocks if network.lambda_style is not None else super().full_phase(network)
