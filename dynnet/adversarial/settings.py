"""The numbers of adversarial training, each with its reason; apart from the loop, as `dynnet.schedule` is."""

from dataclasses import dataclass

from dynnet.adversarial.augmentation import check_kinds
from dynnet.errors import DynnetError
from dynnet.schedule import Schedule


@dataclass(frozen=True)
class AdversarialSettings(Schedule):
    """A schedule of both players, and what training against a discriminator needs besides.

    Args:
        steps, rate, clip: see `Schedule`; the discriminator's rate is `discriminator_rate` times as high.
        one_cycle: see `Schedule`; not by default, because two players do not come to rest together.
        r1_weight: gamma of gamma / 2 * R1 (Mescheder et al. 2018) on pictures in [0, 1], or 0 for none. Their 10, on
            [-1, 1], would be 2.5 here: too much for a discriminator with layer norm, whose gradients start large. In
            400 steps of 16 faces at width 16 no face came with 2.5 every 16 steps, and faces with 0.1 every 4.
        r1_every: the penalty is taken every so many steps, as many times as heavy. With the 16 of Karras et al. (2020)
            a few gradients are so much larger than the others that Adam, which divides by them, makes small steps.
        decay: of the moving average of the trained weights.
        discriminator_rate: the discriminator's learning rate over the generator's. Above 1 (two time scales, Heusel et
            al. 2017) the discriminator keeps nearer to its optimum, which is what the generator's gradient supposes.
            1 is DCGAN's.
        augmentations: what both are judged through, see `dynnet.adversarial.augmentation.augment`; default none. All of
            it helps with some thousand pictures; without "colour" where the attribute is one, such as blond hair.
        weight: of the adversarial loss in what the generator minimises; the lambda of L1 + lambda L_adv (section 4.3).

    Raises:
        DynnetError: a setting is out of range or an augmentation unknown.
    """

    one_cycle: bool = False
    r1_weight: float = 0.1
    r1_every: int = 4
    decay: float = 0.999
    discriminator_rate: float = 1.0
    augmentations: tuple[str, ...] = ()
    weight: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        check_kinds(self.augmentations)
        at_least_0 = min(self.r1_weight, self.weight) >= 0
        if not (at_least_0 and self.r1_every >= 1 and 0 <= self.decay < 1 and self.discriminator_rate > 0):
            raise DynnetError(
                "expected r1_weight >= 0, r1_every >= 1, 0 <= decay < 1, discriminator_rate > 0 and weight >= 0, "
                f"got {self.r1_weight}, {self.r1_every}, {self.decay}, {self.discriminator_rate} and {self.weight}"
            )
