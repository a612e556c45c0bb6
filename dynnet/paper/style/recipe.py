"""What a recipe of the style figures (section 4.1) may say."""

import os
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, field_serializer, field_validator, model_validator

from dynnet.errors import DynnetError
from dynnet.paper.recipe_base import BaseEvaluation, BaseNetwork, BaseProfile, BaseRecipe, Strict
from dynnet.paper.style.baselines.weight_tuning import What
from dynnet.paper.toml_file import table_of
from dynnet.schedule import Schedule


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
    `together`: the sets of tuning-blocks that `sets` names, trained on as one, each with an alpha of its own.
    `conditional_in`, `adain`: the baselines of those names, for all of `styles`.
    `tuned`: a scaled change of the weights of the network that `on` names.
    `conditioned`: one network for every lambda from `lambda_from` to its own.

    Attributes:
        along: blocks see every alpha in [0, 1], each with its own lambda between the main network's and theirs
            (`dynnet.along`); default alpha = 1 alone, as in the paper.
        mixture: of a `main` network that learns several styles at once, {style: lambda in the paper's units}.
        sets: names of `blocks` on the network that `on` names.
        keep_small: what the size of blocks weighs (`dynnet.training.train_blocks`); default nothing, as in the paper.
        at: where its blocks sit; default the recipe's `blocks_at`.
        coupled: blocks are coupled as CFSNet's are.
        what: which weights of a `tuned` network change (`baselines.weight_tuning`).
        rank: of low-rank changes; of blocks their width inside, where there are more channels than that.
        schedule: how it is trained, by a name of the profile's `schedules`; default as all of its kind.
        seed_of: of one that a recipe's `seeds` made of another, that one's name.
    """

    TUNING: ClassVar[frozenset[str]] = frozenset({"blocks", "together", "tuned"})

    kind: Literal["main", "blocks", "together", "conditional_in", "adain", "tuned", "conditioned"]
    lambda_style: float | None = Field(None, ge=0, description="in the paper's units; default the style's")
    style: str = "default"
    styles: tuple[str, ...] = ()
    mixture: dict[str, float] = Field(default_factory=dict)
    sets: tuple[str, ...] = ()
    along: bool = False
    keep_small: float = Field(0.0, ge=0)
    at: tuple[str, ...] = ()
    coupled: bool = False
    what: What | None = None
    rank: int | None = Field(None, ge=1)
    lambda_from: float | None = Field(None, gt=0, description="in the paper's units")
    schedule: str | None = None
    seed_of: str | None = None

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        if (self.kind in ("conditional_in", "adain")) != bool(self.styles):
            raise ValueError(f"{self.name}: 'styles' is for the baselines of several styles, and needed there")
        if (self.along or self.at or self.coupled or self.keep_small) and self.kind != "blocks":
            raise ValueError(f"{self.name}: 'along', 'at', 'coupled' and 'keep_small' are for kind = \"blocks\"")
        if self.mixture and self.kind != "main":
            raise ValueError(f"{self.name}: 'mixture' is for kind = \"main\"")
        if self.mixture and not all(value > 0 for value in self.mixture.values()):
            raise ValueError(f"{self.name}: a lambda of 'mixture' is above 0; leave the others out")
        if (self.kind == "together") != bool(self.sets):
            raise ValueError(f"{self.name}: 'sets' is for kind = \"together\" and needed there")
        if self.rank and (self.kind not in self.TUNING or self.coupled):
            raise ValueError(f'{self.name}: \'rank\' is for kind = "blocks", not coupled, or "tuned"')
        for key, kind in (("what", "tuned"), ("lambda_from", "conditioned")):
            if (getattr(self, key) is not None) != (self.kind == kind):
                raise ValueError(f'{self.name}: {key!r} is for kind = "{kind}" and needed there')
        return self


class Photos(Strict):
    """What is trained on: squares of `size` pixels, crops of `crop` of them scaled by a factor in `scale`."""

    size: int = 256
    crop: int = 256
    scale: tuple[float, float] = (1.0, 1.0)
    batch: int = 4
    held_out: int = 128


class Stability(Strict):
    """Training on pairs of noisy copies of a photo, so that films do not flicker; see `dynnet.paper.style.stable`."""

    weight: float = Field(gt=0, description="of the squared grey levels between the paintings of a pair")
    noise: float = Field(8 / 255, gt=0, le=1, description="largest standard deviation, in shares of the colours' range")


class Evaluation(BaseEvaluation):
    pictures: int = Field(64, ge=1)
    size: int = Field(256, ge=32)
    alphas: int = Field(11, ge=2, description="points of the alpha walk in [0, 1]")
    grid: int = Field(10, ge=2, description="values of each alpha in the grid")
    grid_pictures: int = Field(4, ge=1)
    rungs: tuple[int, ...] = Field(
        (96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 576, 704, 896, 1088),
        min_length=3,
        description="resolutions of the style picture that a texture is held against, pixels",
    )
    equal: float = Field(0.004, gt=0, description="decades within which two grid points have equal losses")


class Profile(BaseProfile):
    width: int = Field(ge=1)
    features: Literal["vgg19_lite", "vgg16"]
    total_variation: float = Field(ge=0)
    photos: Photos
    stability: Stability | None = None
    main: Schedule
    warm: Schedule | None = None
    blocks: Schedule
    conditional_in: Schedule | None = None
    adain: Schedule | None = None
    schedules: dict[str, Schedule] = Field(default_factory=dict)
    evaluation: Evaluation


class Recipe(BaseRecipe):
    blocks_at: tuple[str, ...]
    styles: dict[str, Style]
    networks: tuple[Network, ...]
    profile: Profile

    @field_validator("networks", mode="before")
    @classmethod
    def _one_for_each_seed(cls, networks: Any) -> Any:
        """`seeds = 3` of a network stands for NAME_0 to NAME_2, whose seeds differ by their places in the list.

        `shipped = 1` says that of these NAME_0 alone is part of this project.
        """
        if not isinstance(networks, list):
            return networks
        return [one for network in networks for one in _seeded(network)]

    @model_validator(mode="after")
    def _styles_exist(self) -> Self:
        for network in self.networks:
            for style in network.styles or network.mixture or (network.style,):
                if style not in self.styles:
                    raise ValueError(f"{network.name}: no style {style!r}; there are {', '.join(self.styles)}")
            self.lambdas_of(network)
            if foreign := [name for name in network.sets if self.network(name).on != network.on]:
                raise ValueError(f"{network.name}: {foreign[0]} is no set of blocks on {network.on}")
            if network.sets and self.network(network.on).style not in self.styles_of(network).values():
                raise ValueError(f"{network.name}: one of its sets has to be of the style of {network.on}")
            if taken := {"content", "tv"} & {*network.mixture, *network.sets}:
                raise ValueError(f"{network.name}: {min(taken)!r} is another loss's name; rename the style or the set")
        return self

    @classmethod
    def with_style(cls, name: str | Path, source: dict[str, Any], picture: Path) -> dict[str, Any]:
        """The picture takes the place of the default style's, at its size and with its lambda.

        Raises:
            DynnetError: the recipe has several styles, none of them the default.
        """
        styles = table_of(name, "styles", source.get("styles", {}))
        if "default" not in styles:
            raise DynnetError(
                f"recipe {name} has several styles ({', '.join(styles)}), and none to replace by {picture}"
            )
        default = table_of(name, "styles.default", styles["default"])
        kept = {key: default[key] for key in ("size", "lambda_style") if key in default}
        return source | {"styles": styles | {"default": kept | {"picture": str(picture)}}}

    def full_phase(self, network: Network) -> Schedule:
        """The schedule that a network names, or what the profile says for its kind.

        Raises:
            DynnetError: the profile has no such schedule.
        """
        if network.schedule is None:
            return super().full_phase(network)
        if (found := self.profile.schedules.get(network.schedule)) is None:
            there = ", ".join(self.profile.schedules) or "none"
            raise DynnetError(f"{network.name}: the profile has no schedule {network.schedule!r}; it has {there}")
        return found

    def of_pictures(self) -> tuple[str, ...]:
        kinds = ("blocks", "together")
        return (*(network.name for network in self.networks if network.kind in kinds), *self.together)

    def styles_of(self, network: Network) -> dict[str, str]:
        """{style loss of its objectives: the style that it is of}; of sets of blocks, by the sets' names."""
        if network.sets:
            return {name: self.network(name).style for name in network.sets}
        names = network.styles or tuple(network.mixture) or (network.style,)
        return {name: name for name in names}

    def lambdas_of(self, network: Network) -> dict[str, float]:
        """{style loss of its objectives: what it weighs, in the paper's units}.

        Raises:
            DynnetError: neither the network nor a style names one.
        """
        if network.sets:
            return {name: self.lambda_of(self.network(name)) for name in network.sets}
        return network.mixture or {name: self.lambda_of(network, name) for name in self.styles_of(network)}

    def lambda_of(self, network: Network, style: str = "") -> float:
        """What the style loss weighs in a network's objective, for one of its styles, in the paper's units.

        Raises:
            DynnetError: neither the network nor the style names one.
        """
        own, styles = network.lambda_style, self.styles[style or network.style].lambda_style
        if own is None and styles is None:
            raise DynnetError(f"{network.name}: give it a lambda_style, or give its style one")
        return styles if own is None else own


def _seeded(network: Any) -> list[Any]:
    if not isinstance(network, dict) or "seeds" not in network:
        return [network]
    seeds, name = network["seeds"], network.get("name")
    if type(seeds) is not int or seeds < 1:
        raise ValueError(f"{name}: 'seeds' is how many of it to train, a whole number from 1, got {seeds!r}")
    shipped = network.get("shipped", seeds)
    if type(shipped) is not int or not 1 <= shipped <= seeds:
        raise ValueError(f"{name}: 'shipped' is how many of the {seeds} are kept here, from 1, got {shipped!r}")
    told = {key: value for key, value in network.items() if key not in ("seeds", "shipped")}
    return [
        told | {"name": f"{name}_{seed}", "seed_of": name, **({} if seed < shipped else {"ships": False})}
        for seed in range(seeds)
    ]
