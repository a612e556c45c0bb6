"""What a recipe of face generation (section 4.2, Figure 6) may say."""

from typing import Literal, Self

from pydantic import Field, model_validator

from dynnet.adversarial.settings import AdversarialSettings
from dynnet.paper.faces.attributes import parse
from dynnet.paper.faces.network import OFFICIAL_BLOCKS, Generator
from dynnet.paper.recipe_base import BaseEvaluation, BaseNetwork, BaseProfile, BaseRecipe
from dynnet.schedule import Schedule

STAND_INS_OF_EACH = 1024  # faces of each shipped network


class Network(BaseNetwork):
    """One network to train.

    `classifier`: of `attributes`, several at once, on faces of all kinds.
    `generator`: a main network and its discriminator, on the faces that fit the expression `faces`.
    `blocks`: tuning-blocks on the generator that `on` names, with the discriminator that was trained with it, on other
    `faces`. `towards` is what they are to bring about, an attribute or `not` one, by which their walk is measured.
    """

    kind: Literal["classifier", "generator", "blocks"]
    faces: str = ""
    attributes: tuple[str, ...] = ()
    towards: str = ""
    blocks_at: tuple[str, ...] = OFFICIAL_BLOCKS

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        needed = {"classifier": {"attributes"}, "generator": {"faces"}, "blocks": {"faces", "on", "towards"}}[self.kind]
        given = {key for key in ("attributes", "faces", "on", "towards") if getattr(self, key)}
        if given != needed:
            raise ValueError(f"{self.name}: kind = {self.kind!r} has {', '.join(sorted(needed))} and no other of them")
        if self.faces:
            parse(self.faces)
        for path in self.blocks_at:
            Generator(1, 1).input_channels(path)
        return self


class Evaluation(BaseEvaluation):
    codes: int = Field(2048, ge=16, description="latent codes")
    alphas: int = Field(11, ge=3, description="points of the alpha walk in [0, 1]")
    reals: int = Field(2048, ge=16, description="real faces of either sub-set, at most")
    stand_ins: int = Field(STAND_INS_OF_EACH, ge=16, description="of each shipped network, for want of real faces")


class Profile(BaseProfile):
    width: int = Field(ge=1)
    latent: int = Field(100, ge=1)
    batch: int = Field(64, ge=2)
    classifier: Schedule
    classifier_width: int = Field(16, ge=1)
    classifier_batch: int = Field(64, ge=1)
    generator: AdversarialSettings
    blocks: AdversarialSettings
    evaluation: Evaluation


class Recipe(BaseRecipe):
    networks: tuple[Network, ...]
    profile: Profile

    @model_validator(mode="after")
    def _fit_each_other(self) -> Self:
        known = self.only("classifier").attributes
        for network in self.networks:
            if network.on is not None and self.network(network.on).kind != "generator":
                raise ValueError(f"{network.name}: {network.on!r} is no generator, and blocks tune one")
            if network.towards and (asked := network.towards.removeprefix("not ")) not in known:
                raise ValueError(f"{network.name}: no classifier knows {asked!r}; there are {', '.join(sorted(known))}")
        return self
