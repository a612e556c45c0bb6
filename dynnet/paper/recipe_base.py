"""What the recipes of all applications share. A key that a recipe does not know is an error, never ignored."""

from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dynnet.adversarial.augmentation import check_kinds
from dynnet.adversarial.settings import AdversarialSettings
from dynnet.errors import DynnetError
from dynnet.schedule import Schedule


class Strict(BaseModel):
    """Unknown keys are refused, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Phase(Strict):
    """Steps and learning rate of one kind of training."""

    steps: int = Field(ge=1)
    rate: float = Field(gt=0)
    one_cycle: bool = True
    clip: float = Field(0.0, ge=0)

    def schedule(self) -> Schedule:
        """The same for the loop that trains.

        Raises:
            DynnetError: a one-cycle schedule has too few steps.
        """
        return Schedule(self.steps, self.rate, self.one_cycle, self.clip)


class AdversarialPhase(Phase):
    """The same for training against a discriminator; see `dynnet.adversarial.settings.AdversarialSettings`."""

    one_cycle: bool = False
    r1_weight: float = Field(0.1, ge=0)
    r1_every: int = Field(4, ge=1)
    decay: float = Field(0.999, ge=0, lt=1)
    discriminator_rate: float = Field(1.0, gt=0)
    augmentations: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _kinds_exist(self) -> Self:
        check_kinds(self.augmentations)
        return self

    def settings(self, weight: float = 1.0) -> AdversarialSettings:
        """The same for the loop that trains; `weight` is the adversarial loss's beside other losses."""
        own = self.model_dump(include={"r1_weight", "r1_every", "decay", "discriminator_rate", "augmentations"})
        return AdversarialSettings(**own, weight=weight)


class BaseNetwork(Strict):
    """One network to train.

    With `of`, another recipe's network of that name takes its place (`of = "fig3/fixed_1e6"`): it is trained and kept
    there, once.
    """

    name: str
    of: str | None = Field(None, pattern=r"^\w+/\w+$")


class BaseRecipe(Strict):
    """One figure's networks, for one profile; each application adds its `networks` and its `profile`."""

    figure: str
    title: str
    seed: int = 0
    profile_name: str
    networks: tuple[BaseNetwork, ...]

    def network(self, name: str) -> BaseNetwork:
        """The network of that name.

        Raises:
            DynnetError: no network has that name; the message lists those there are.
        """
        for network in self.networks:
            if network.name == name:
                return network
        raise DynnetError(f"{self.figure} has no network {name!r}; it has {', '.join(n.name for n in self.networks)}")

    def checkpoint_path(self, folder: Path, name: str) -> Path:
        """Where a network is kept: FOLDER/PROFILE/FIGURE/NAME.safetensors.

        Raises:
            DynnetError: no network has that name.
        """
        kept = self.network(name).of or f"{self.figure}/{name}"
        return Path(folder) / self.profile_name / f"{kept}.safetensors"

    def with_checkpoints(self) -> Self:
        """The recipe of the profile whose checkpoints this one's notebook reads."""
        return self.model_copy(update={"profile_name": self.profile.evaluation.checkpoints})
