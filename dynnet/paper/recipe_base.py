"""What the recipes of all applications share. A key that a recipe does not know is an error, never ignored."""

from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from dynnet.errors import DynnetError
from dynnet.paper.report.claims import Claim
from dynnet.schedule import Schedule


class Strict(BaseModel):
    """Unknown keys are refused, and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class BaseNetwork(Strict):
    """One network to train; each application says which kinds there are, and adds what else they need.

    Attributes:
        kind: `blocks` are tuning-blocks; a `given` network is somebody else's, and not trained; every other kind is
            trained with all its weights.
        on: of blocks, and of whatever else an application says tunes a network (`TUNING`), the network that they tune.
        start: of a `main` network, the one whose weights it starts from where the profile has a `warm` phase.
        of: another recipe's network that takes its place (`fig3/fixed_1e6`): it is trained and kept there, once.
        ships: whether its checkpoint is part of this project. One that is not, for room, is loaded where it is there.
    """

    TUNING: ClassVar[frozenset[str]] = frozenset({"blocks"})

    name: str
    kind: str
    on: str | None = None
    start: str | None = None
    of: str | None = Field(None, pattern=r"^\w+/\w+$")
    ships: bool = True

    @model_validator(mode="after")
    def _fits_every_kind(self) -> Self:
        if (self.kind in self.TUNING) != (self.on is not None):
            kinds = " or ".join(f'"{kind}"' for kind in sorted(self.TUNING))
            raise ValueError(f"{self.name}: 'on' is for kind = {kinds} and needed there")
        if self.start and self.kind != "main":
            raise ValueError(f"{self.name}: 'start' is for kind = \"main\"")
        return self


class BaseEvaluation(Strict):
    """What the notebook measures on, and whose checkpoints it reads."""

    checkpoints: Literal["cpu", "paper"]


class BaseProfile(Strict):
    """How large and how long: `smoke` for tests, `cpu` for two cores, `paper` for a GPU.

    For every kind of network that is trained, an application's profile has its numbers under the kind's name: a
    `dynnet.schedule.Schedule`, or a `dynnet.adversarial.settings.AdversarialSettings`.

    Attributes:
        steps: of every network, in place of its phase's own; default None, the phase's.
    """

    evaluation: BaseEvaluation
    steps: int | None = Field(None, ge=1)
    precision: Literal["32-true", "16-mixed", "bf16-mixed"] = "32-true"


class BaseRecipe(Strict):
    """One figure's networks, for one profile; an application's `Recipe` narrows `networks` and `profile`.

    Attributes:
        where: the place in the paper that claims are from which name no other.
        claims: what is to be measured on the networks, for this figure or for another one that shows them.
        together: Dynamic-Nets made of several trained sets of blocks on one main network, e.g.
            `dual = ["coarser", "finer"]`.
    """

    figure: str
    title: str
    where: str = "ours"
    claims: tuple[Claim, ...] = ()
    seed: int = Field(0, ge=0)
    profile_name: str
    networks: tuple[BaseNetwork, ...]
    together: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    profile: BaseProfile

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        seen: set[str] = set()
        for network in self.networks:
            for earlier in (network.start, network.on):
                if earlier is not None and earlier not in seen:
                    raise ValueError(f"{network.name}: the network {earlier!r} must come before it")
            seen |= {network.name} if network.on is None else set()  # nothing stands on blocks
            if network.kind != "given" and not network.of:
                self.full_phase(network)
        for name, sets in self.together.items():
            mains = {self.network(part).on for part in sets}
            if len(mains) != 1 or None in mains:
                raise ValueError(f"{name}: {', '.join(sets)} must be blocks on one main network")
        return self

    @classmethod
    def with_style(cls, name: str | Path, source: dict[str, Any], picture: Path) -> dict[str, Any]:
        """A recipe's content with a picture file in the place of its style, for applications that have such.

        Raises:
            DynnetError: this recipe has none to replace.
        """
        raise DynnetError(f"recipe {name} has no style to replace by {picture}; leave --style away")

    def of_pictures(self) -> tuple[str, ...]:
        """The Dynamic-Nets that make a picture of any picture: what `dynnet render` renders with; default none."""
        return ()

    def phase(self, network: BaseNetwork) -> Schedule:
        """How a network is trained in this profile: its full phase, or the profile's `steps` of it.

        Raises:
            DynnetError: the profile does not say it, or its schedule cannot be so short.
        """
        full = self.full_phase(network)
        return replace(full, steps=self.profile.steps) if self.profile.steps else full

    def full_phase(self, network: BaseNetwork) -> Schedule:
        """What the profile says for a network's kind, or for a warm start.

        Raises:
            DynnetError: it says nothing.
        """
        found = (network.start and getattr(self.profile, "warm", None)) or getattr(self.profile, network.kind, None)
        if found is None:
            raise DynnetError(f"{network.name}: the profile does not say how to train kind = {network.kind!r}")
        return found

    @model_validator(mode="before")
    @classmethod
    def _claims_are_of_the_figure(cls, content: dict[str, Any]) -> dict[str, Any]:
        own = {"figure": content.get("figure"), "where": content.get("where", "ours")}
        claims = [{**own, **claim} if isinstance(claim, dict) else claim for claim in content.get("claims", ())]
        return content | {"claims": claims}

    @model_validator(mode="after")
    def _claims_have_ids_of_their_own(self) -> Self:
        ids = [(claim.figure, claim.id) for claim in self.claims]
        if twice := [id for figure, id in ids if ids.count((figure, id)) > 1]:
            raise ValueError(f"two claims are called {twice[0]!r}; rename one of the two")
        return self

    def claims_of(self, figure: str) -> tuple[Claim, ...]:
        """The claims that a figure's record is to decide.

        Raises:
            DynnetError: the recipe declares none for it.
        """
        if not (found := tuple(claim for claim in self.claims if claim.figure == figure)):
            raise DynnetError(f"the recipe of {self.figure} declares no claim for {figure}; add it under [[claims]]")
        return found

    def network(self, name: str) -> BaseNetwork:
        """The network of that name.

        Raises:
            DynnetError: no network has that name; the message lists those there are.
        """
        for network in self.networks:
            if network.name == name:
                return network
        raise DynnetError(f"{self.figure} has no network {name!r}; it has {', '.join(n.name for n in self.networks)}")

    def only(self, kind: str) -> BaseNetwork:
        """The one network of a kind that there is one of.

        Raises:
            DynnetError: there is none, or there are several.
        """
        found = [network for network in self.networks if network.kind == kind]
        if len(found) != 1:
            raise DynnetError(f"expected one network of kind = {kind!r}, got {len(found)}")
        return found[0]

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
