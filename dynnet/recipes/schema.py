"""What a recipe may say. A key that is not here is an error, never ignored."""

from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dynnet.errors import DynnetError
from dynnet.schedule import Schedule


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Style(_Strict):
    """A style picture: one of the house styles, or a picture file (relative to the data root)."""

    house: str | None = None
    picture: Path | None = None
    seed: int = 0
    size: int = Field(256, ge=16, description="pixels; of the shorter side for a picture file")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.house is None) == (self.picture is None):
            raise ValueError("a style has either 'house' or 'picture'")
        return self


class Phase(_Strict):
    """Steps and learning rate of one kind of training."""

    steps: int = Field(ge=1)
    rate: float = Field(gt=0)
    one_cycle: bool = True
    clip: float = Field(0.0, ge=0)

    def schedule(self) -> Schedule:
        return Schedule(self.steps, self.rate, self.one_cycle, self.clip)


class Network(_Strict):
    """One network to train.

    `main`: all weights, from scratch, or, where `start` names a network and the profile has a `warm` phase, from that
    network's weights (a warm start).
    `blocks`: tuning-blocks on the network that `on` names.
    """

    name: str
    kind: Literal["main", "blocks"]
    lambda_style: float = Field(ge=0, description="in the paper's units")
    style: str = "default"
    start: str | None = None
    on: str | None = None

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        if (self.kind == "blocks") != (self.on is not None) or (self.kind == "blocks" and self.start):
            raise ValueError(
                f"{self.name}: 'on' is for kind = \"blocks\" and needed there; 'start' for kind = \"main\""
            )
        return self


class Photos(_Strict):
    """What is trained on: squares of `size` pixels, crops of `crop` of them scaled by a factor in `scale`."""

    size: int = 256
    crop: int = 256
    scale: tuple[float, float] = (1.0, 1.0)
    batch: int = 4
    held_out: int = 128


class Evaluation(_Strict):
    """What the notebook measures on, and whose checkpoints it reads."""

    checkpoints: Literal["cpu", "paper"]
    pictures: int = Field(64, ge=1)
    size: int = Field(256, ge=32)
    alphas: int = Field(11, ge=2, description="points of the alpha walk in [0, 1]")
    grid: int = Field(10, ge=2, description="values of each alpha in the grid")
    grid_pictures: int = Field(4, ge=1)
    equal: float = Field(0.004, gt=0, description="decades within which two grid points have equal losses")


class Profile(_Strict):
    """How large and how long: `smoke` for tests, `cpu` for two cores, `paper` for a GPU."""

    width: int = Field(ge=1)
    features: Literal["vgg19_lite", "vgg16"]
    total_variation: float = Field(ge=0)
    photos: Photos
    main: Phase
    warm: Phase | None = None
    blocks: Phase
    evaluation: Evaluation
    precision: Literal["32-true", "16-mixed", "bf16-mixed"] = "32-true"


class Recipe(_Strict):
    """One figure's networks, for one profile."""

    figure: str
    title: str
    seed: int = 0
    blocks_at: tuple[str, ...]
    styles: dict[str, Style]
    networks: tuple[Network, ...]
    profile_name: str
    profile: Profile

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        seen: set[str] = set()
        for network in self.networks:
            if network.style not in self.styles:
                raise ValueError(f"{network.name}: no style {network.style!r}; there are {', '.join(self.styles)}")
            for earlier in (network.start, network.on):
                if earlier is not None and earlier not in seen:
                    raise ValueError(f"{network.name}: {earlier!r} must come before it")
            seen.add(network.name)
        return self

    def phase(self, network: Network) -> Phase:
        """How a network is trained in this profile."""
        if network.kind == "blocks":
            return self.profile.blocks
        return self.profile.warm if network.start and self.profile.warm else self.profile.main

    def network(self, name: str) -> Network:
        """The network of that name; an unknown name raises and lists the names there are."""
        for network in self.networks:
            if network.name == name:
                return network
        raise DynnetError(f"{self.figure} has no network {name!r}; it has {', '.join(n.name for n in self.networks)}")
