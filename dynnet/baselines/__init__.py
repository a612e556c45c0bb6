"""What the paper compares Dynamic-Net with, and the networks of several styles that came before it.

The networks are imported from their own modules, `conditional_in`, `adain` and `third_party`: they build on
`dynnet.walks`, which itself builds on what is imported here.
"""

from dynnet.baselines.image_interpolation import interpolate_images
from dynnet.baselines.mixtures import between

__all__ = ["between", "interpolate_images"]
