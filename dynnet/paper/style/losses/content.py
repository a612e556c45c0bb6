"""Content loss: distance of deep features (Johnson et al. 2016; the paper's L_content, section 4.1)."""

from torch import Tensor

from dynnet.errors import DynnetError


def content_loss(features: Tensor, target: Tensor) -> Tensor:
    r"""Mean squared difference of the features of one layer (relu2_2 in the paper).

    .. math:: L_{content} = \frac{1}{C H W} \| F(y) - F(x) \|_2^2

    Shape: features and target (B, C, H, W) -> one value per picture, (B,).

    Raises:
        DynnetError: the shapes differ.
    """
    if features.shape != target.shape:
        raise DynnetError(
            f"content loss compares features of one shape, got {tuple(features.shape)} and {tuple(target.shape)}: "
            "the network's output must be as large as its input"
        )
    return (features - target).square().mean((1, 2, 3))
