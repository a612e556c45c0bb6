"""A student's last exam: pictures optimised through it, judged by VGG19 (after Gatys et al. 2016).

Small feature errors do not settle whether gradients lead to the same pictures. So a photo is optimised for a style
once through VGG19 and once through the student, and VGG19's own style loss is read at both ends.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from dynnet.paper.style.losses.perceptual import PerceptualTerms
from dynnet.paper.style.losses.vgg import VGGTrunk

STYLE_WEIGHT = 5.0  # lambda = 1e5, the official code's default, in the units of vgg19_lite
STEPS = 150
RATE = 0.03


def paint(x: Tensor, terms: PerceptualTerms, steps: int = STEPS) -> Tensor:
    """Optimises a picture for content + 5 x style, starting from x with Adam. x: (1, 3, H, W) in [0, 1]."""
    y = x.clone().requires_grad_(True)
    optimiser = torch.optim.Adam([y], lr=RATE)
    for _ in range(steps):
        losses = terms(y, x)
        optimiser.zero_grad()
        (losses["content"] + STYLE_WEIGHT * losses["style"]).sum().backward()
        optimiser.step()
        y.data.clamp_(0, 1)
    return y.detach()


def painted_style_losses(
    student: VGGTrunk, teacher: VGGTrunk, x: Tensor, styles: Mapping[str, Tensor], steps: int = STEPS
) -> dict[str, dict[str, float]]:
    """For each style: VGG19's style loss of `x` itself, of x painted through VGG19, and through the student.

    Args:
        x: photo (1, 3, H, W) in [0, 1].
        styles: {name: picture (1, 3, H, W) in [0, 1]}.

    Returns:
        {name: {"before", "through_vgg19", "through_student", "ratio"}}; a ratio of 1 is as good as VGG19.
    """
    table = {}
    for name, style in styles.items():
        judge = PerceptualTerms.of_style(teacher, style)
        pupil = PerceptualTerms.of_style(student, style)
        with torch.enable_grad():
            results = {"before": x, "through_vgg19": paint(x, judge, steps), "through_student": paint(x, pupil, steps)}
        with torch.no_grad():
            row = {key: judge(y, x)["style"].item() for key, y in results.items()}
        table[name] = row | {"ratio": row["through_student"] / row["through_vgg19"]}
    return table
