"""House styles: style pictures drawn by code, so that every figure can be re-made from nothing."""

from dynnet.data.styles.gallery import HOUSE_STYLES, render_style

__all__ = ["HOUSE_STYLES", "render_style"]
