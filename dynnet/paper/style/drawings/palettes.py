"""Colours: hex notation to floats, ramps, mixing."""

import numpy as np


def inks(*codes: str) -> np.ndarray:
    """Colours written as "rrggbb", as floats (n, 3) in [0, 1]."""
    return np.array([list(bytes.fromhex(code)) for code in codes], dtype=np.float32) / 255


def ramp(values: np.ndarray, colours: np.ndarray) -> np.ndarray:
    """Colours (..., 3) for values in [0, 1], going through `colours` (n, 3) at equal steps."""
    positions = np.linspace(0, 1, len(colours))
    channels = [np.interp(values, positions, colours[:, c]) for c in range(3)]
    return np.stack(channels, axis=-1).astype(np.float32)


def mix(under: np.ndarray, over: np.ndarray, amount: np.ndarray) -> np.ndarray:
    """`over` laid on `under` where `amount` (...) is 1; both broadcast to (..., 3)."""
    return under + np.asarray(amount)[..., None] * (over - under)


def vary(rng: np.random.Generator, colours: np.ndarray, value: float, hue: float) -> np.ndarray:
    """Colours (n, 3), each made lighter or darker by about `value` and tinted by about `hue`."""
    lightness = 1 + value * rng.standard_normal((len(colours), 1))
    tint = hue * rng.standard_normal((len(colours), 3))
    return np.clip(colours * lightness + tint, 0, 1).astype(np.float32)
