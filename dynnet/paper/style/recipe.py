"""What a recipe of the style figures (section 4.1) may say."""

import os
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, field_serializer, model_validator

from dynnet.errors import DynnetError
from dynnet.paper.recipe_base import BaseNetwork, BaseRecipe, Phase, Strict


class Style(Strict):
    """A style picture: one of the house styles, or a picture file (relative to the data root).

    `lambda_style` is what a network of this style takes that names no lambda of its own: a lambda belongs to a style
    picture, because Gram matrices differ in size from one to the next.
    """

    house: str | None = None
    picture: Path | None = None
    seed: int = 0
    size: int = Field(256, ge=16, description="pixels; of the shorter side for a picture file")
    lambda_style: float | None = Field(None, ge=0, description="in the paper's units")

    @field_serializer("picture", when_used="json-unless-none")
    def _as_text(self, picture: Path) -> str:
        return os.fsencode(picture).decode("utf-8", "backslashreplace")  # a name need not be UTF-8, JSON must

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.house is None) == (self.picture is None):
            raise ValueError("a style has either 'house' or 'picture'")
        return self


class Network(BaseNetwork):
    """One network to train.

    `main`: all weights, from scratch, or, where `start` names a network and the profile has a `warm` phase, from that
    network's weights (a warm start).
    `blocks`: tuning-blocks on the network that `on` names.
    `conditional_in`, `adain`: the baselines of those names, for all of `styles`.
    """

    kind: Literal["main", "blocks", "conditional_in", "adain"]
    lambda_style: float | None = Field(None, ge=0, description="in the paper's units; default the style's")
    style: str = "default"
    styles: tuple[str, ...] = ()
    start: str | None = None
    on: str | None = None

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        if (self.kind == "blocks") != (self.on is not None) or (self.kind != "main" and self.start):
            raise ValueError(
                f"{self.name}: 'on' is for kind = \"blocks\" and needed there; 'start' for kind = \"main\""
            )
        if (self.kind in ("conditional_in", "adain")) != bool(self.styles):
            raise ValueError(f"{self.name}: 'styles' is for the baselines of several styles, and needed there")
        if self.of and (self.kind != "main" or self.start):
            raise ValueError(f"{self.name}: 'of' is for kind = \"main\" without 'start'")
        return self


class Photos(Strict):
    """What is trained on: squares of `size` pixels, crops of `crop` of them scaled by a factor in `scale`."""

    size: int = 256
    crop: int = 256
    scale: tuple[float, float] = (1.0, 1.0)
    batch: int = 4
    held_out: int = 128


class Evaluation(Strict):
    """What the notebook measures on, and whose checkpoints it reads."""

    checkpoints: Literal["cpu", "paper"]
    pictures: int = Field(64, ge=1)
    size: int = Field(256, ge=32)
    alphas: int = Field(11, ge=2, description="points of the alpha walk in [0, 1]")
    grid: int = Field(10, ge=2, description="values of each alpha in the grid")
    grid_pictures: int = Field(4, ge=1)
    equal: float = Field(0.004, gt=0, description="decades within which two grid points have equal losses")


class Profile(Strict):
    """How large and how long: `smoke` for tests, `cpu` for two cores, `paper` for a GPU."""

    width: int = Field(ge=1)
    features: Literal["vgg19_lite", "vgg16"]
    total_variation: float = Field(ge=0)
    photos: Photos
    main: Phase
    warm: Phase | None = None
    blocks: Phase
    conditional_in: Phase | None = None
    adain: Phase | None = None
    evaluation: Evaluation
    precision: Literal["32-true", "16-mixed", "bf16-mixed"] = "32-true"


class StyleRecipe(BaseRecipe):
    """One figure's networks, for one profile.

    `together` names Dynamic-Nets made of several trained sets of blocks on one main network, e.g.
    `dual = ["coarser", "finer"]`.
    """

    blocks_at: tuple[str, ...]
    styles: dict[str, Style]
    networks: tuple[Network, ...]
    together: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    profile: Profile

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        seen: set[str] = set()
        for network in self.networks:
            for style in network.styles or (network.style,):
                if style not in self.styles:
                    raise ValueError(f"{network.name}: no style {style!r}; there are {', '.join(self.styles)}")
                self.lambda_of(network, style)
            for earlier in (network.start, network.on):
                if earlier is not None and earlier not in seen:
                    raise ValueError(f"{network.name}: {earlier!r} must come before it")
            seen.add(network.name)
        for name, sets in self.together.items():
            mains = {self.network(part).on for part in sets}
            if len(mains) != 1 or None in mains:
                raise ValueError(f"{name}: {', '.join(sets)} must be blocks on one main network")
        return self

    @model_validator(mode="after")
    def _phases_exist(self) -> Self:
        for network in self.networks:
            self.phase(network)
        return self

    def lambda_of(self, network: Network, style: str = "") -> float:
        """What the style loss weighs in a network's objective, for one of its styles, in the paper's units.

        Raises:
            DynnetError: neither the network nor the style names one.
        """
        own, styles = network.lambda_style, self.styles[style or network.style].lambda_style
        if own is None and styles is None:
            raise DynnetError(f"{network.name}: give it a lambda_style, or give its style one")
        return styles if own is None else own

    def phase(self, network: Network) -> Phase:
        """How a network is trained in this profile.

        Raises:
            DynnetError: the profile has no phase for its kind.
        """
        phase = (network.start and self.profile.warm) or getattr(self.profile, network.kind)
        if phase is None:
            raise DynnetError(f"{network.name}: the profile does not say how to train kind = {network.kind!r}")
        return phase
