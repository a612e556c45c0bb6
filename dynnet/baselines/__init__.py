"""What the paper compares Dynamic-Net with."""

from dynnet.baselines.image_interpolation import interpolate_images

__all__ = ["interpolate_images"]
