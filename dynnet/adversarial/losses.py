"""The adversarial loss (Goodfellow et al. 2014; the paper's L_adv, section 4.2) and the R1 penalty that steadies it.

Binary cross-entropy on logits, with the generator's loss in the form that does not saturate: -log D(G(z)).
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from dynnet.errors import DynnetError


def generator_loss(fake_logits: Tensor) -> Tensor:
    r"""How little the fakes pass for real.

    .. math:: L_G = -\log \sigma(D(G(z)))

    Shape: any, one value per logit.
    """
    return F.softplus(-fake_logits)


def discriminator_loss(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    r"""How badly real pictures and fakes are told apart; 2 log 2 for one who cannot.

    .. math:: L_D = -\log \sigma(D(x)) - \log (1 - \sigma(D(G(z))))

    Shape: any, the same for both; one value per pair of logits.

    Raises:
        DynnetError: there are not as many fakes as real pictures.
    """
    if real_logits.shape != fake_logits.shape:
        raise DynnetError(
            f"expected as many fake logits as real ones, {tuple(real_logits.shape)}, got {tuple(fake_logits.shape)}; "
            "draw batches of one size"
        )
    return F.softplus(-real_logits) + F.softplus(fake_logits)


def r1_penalty(real_logits: Tensor, reals: Tensor) -> Tensor:
    r"""R1 (Mescheder et al. 2018): the squared gradient of the discriminator at the data, ready for backward.

    .. math:: R_1 = \| \nabla_x D(x) \|^2

    Their loss has it with a weight of gamma / 2. A logit must depend on its own picture only, so no BatchNorm.

    Args:
        real_logits: D(reals).
        reals: what the discriminator was given, after `reals.requires_grad_()`.

    Shape: real_logits (B, ...), reals (B, C, H, W) -> (B,).

    Raises:
        DynnetError: the logits carry no gradient to the pictures.
    """
    if not (reals.requires_grad and real_logits.requires_grad):
        raise DynnetError("R1 needs the gradient at the pictures; call reals.requires_grad_() before the discriminator")
    (gradient,) = torch.autograd.grad(real_logits.sum(), reals, create_graph=True)
    return gradient.square().flatten(1).sum(1)
