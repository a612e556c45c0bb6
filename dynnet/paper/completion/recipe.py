"""What a recipe of image completion (section 4.3, Figure 7) may say."""

from dataclasses import replace
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from dynnet.adversarial.settings import AdversarialSettings
from dynnet.paper.completion.network import BLOCKS, MULTIPLE, CompletionNet
from dynnet.paper.faces.recipe import STAND_INS_OF_EACH
from dynnet.paper.recipe_base import BaseEvaluation, BaseNetwork, BaseProfile, BaseRecipe
from dynnet.schedule import Schedule

Share = Annotated[float, Field(gt=0, lt=1)]


class Network(BaseNetwork):
    """One network to train.

    `main`: all weights, on L1 + `adversarial` times the adversarial loss; from scratch, or, where `start` names a
    network and the profile has a `warm` phase, from that network's weights (a warm start).
    `blocks`: tuning-blocks on the network that `on` names, on L1 alone.
    `critic`: a patch discriminator for true against completed pictures, of all networks before it.
    `classifier`: figure 6's, for its features; it is always another recipe's (`of`).
    """

    kind: Literal["main", "blocks", "critic", "classifier"]
    adversarial: float = Field(0.0, ge=0, description="lambda of L1 + lambda L_adv")

    @model_validator(mode="after")
    def _fits_kind(self) -> Self:
        if self.kind != "main" and self.adversarial:
            raise ValueError(f"{self.name}: 'adversarial' is for kind = \"main\"")
        if self.kind == "classifier" and self.of is None:
            raise ValueError(f"{self.name}: kind = \"classifier\" needs 'of', the recipe that trains it")
        return self


class Evaluation(BaseEvaluation):
    size: int | None = Field(None, ge=2 * MULTIPLE, multiple_of=MULTIPLE, description="pixels; default the profile's")
    faces: int = Field(1024, ge=8, description="held-out faces, at most")
    stand_ins: int = Field(STAND_INS_OF_EACH, ge=16, description="of each shipped network, for want of real faces")
    alphas: int = Field(11, ge=3, description="points of the alpha walk in [0, 1]")


class Profile(BaseProfile):
    width: int = Field(ge=1)
    discriminator_width: int = Field(ge=1)
    size: int = Field(128, ge=2 * MULTIPLE, multiple_of=MULTIPLE, description="pixels")
    hole: Share | tuple[Share, Share] = Field(
        0.5, description="side of a hole in the centre, as a share; or the smallest and largest of holes anywhere"
    )
    batch: int = Field(8, ge=1)
    held_out: float = Field(0.1, gt=0, lt=1, description="share of the faces, those with the highest ids")
    l1: Schedule
    main: AdversarialSettings
    warm: AdversarialSettings | None = None
    blocks: Schedule
    critic: Schedule
    evaluation: Evaluation

    @property
    def measured_size(self) -> int:
        """Side in pixels of the faces that are measured on: what the networks of `checkpoints` were trained for."""
        return self.evaluation.size or self.size

    @property
    def measured_hole(self) -> float:
        """Side of the hole in the centre that is measured on, as a share: the largest that is trained on."""
        return max(self.hole) if isinstance(self.hole, tuple) else self.hole


class Recipe(BaseRecipe):
    blocks_at: tuple[str, ...] = BLOCKS
    networks: tuple[Network, ...]
    profile: Profile

    @model_validator(mode="after")
    def _fit_each_other(self) -> Self:
        for path in self.blocks_at:
            CompletionNet(1).input_channels(path)
        for kind in ("critic", "classifier"):
            self.only(kind)
        if any(phase.weight != 1 for phase in (self.profile.main, self.profile.warm) if phase):
            raise ValueError("the adversarial loss weighs what a network's 'adversarial' says; take out 'weight'")
        return self

    def full_phase(self, network: Network) -> Schedule:
        if network.kind != "main":
            return super().full_phase(network)
        if not network.adversarial:
            return self.profile.l1
        return replace(super().full_phase(network), weight=network.adversarial)
