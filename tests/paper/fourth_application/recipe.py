"""What a recipe of the invented application may say."""

from typing import Literal

from pydantic import Field

from dynnet.paper.recipe_base import BaseEvaluation, BaseNetwork, BaseProfile, BaseRecipe
from dynnet.schedule import Schedule


class Network(BaseNetwork):
    kind: Literal["main", "blocks", "given"]
    share: float = Field(1.0, ge=0, le=1, description="of the picture's brightness that is wanted")


class Evaluation(BaseEvaluation):
    alphas: int = Field(3, ge=2)


class Profile(BaseProfile):
    width: int = Field(ge=1)
    main: Schedule
    blocks: Schedule
    evaluation: Evaluation


class Recipe(BaseRecipe):
    networks: tuple[Network, ...]
    profile: Profile
