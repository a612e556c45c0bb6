"""What the chunks of a PNG say of its colours: a profile, the numbers of one, or that they are sRGB's.

PNG, third edition, section 4.3: of cICP, iCCP, sRGB, and gAMA with cHRM, the first that is there and understood counts.
"""

import struct
from collections.abc import Mapping

from dynnet.paper.data.profiles import D65, SRGB_CURVE, SRGB_PRIMARIES, Point, profile_of

KINDS = (b"cICP", b"iCCP", b"sRGB", b"gAMA", b"cHRM")

# ITU-T H.273, table 2: primaries and white; 2 is "unspecified".
_BT601_525: tuple[Point, ...] = ((0.630, 0.340), (0.310, 0.595), (0.155, 0.070))
_P3: tuple[Point, ...] = ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060))
_PRIMARIES: dict[int, tuple[tuple[Point, ...], Point]] = {
    1: (SRGB_PRIMARIES, D65),
    2: (SRGB_PRIMARIES, D65),
    5: (((0.640, 0.330), (0.290, 0.600), (0.150, 0.060)), D65),
    6: (_BT601_525, D65),
    7: (_BT601_525, D65),
    9: (((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)), D65),
    11: (_P3, (0.314, 0.351)),
    12: (_P3, D65),
}
# Table 3. Video's own curve (1, 6, 14, 15) is the camera's; what it stores is shown as sRGB is, in films too.
_CURVES: dict[int, tuple[float, ...]] = {4: (2.2,), 5: (2.8,), 8: (1.0,)} | dict.fromkeys(
    (1, 2, 6, 13, 14, 15), SRGB_CURVE
)
_NAMES = {16: "PQ", 18: "HLG"}

# What libpng takes for the same: a gamma, and a chromaticity.
_SAME_GAMMA, _SAME_POINT = 0.05, 0.01
_SRGB_GAMMA = 1 / 2.2
_GAMMAS = (0.1, 10.0)  # what a file can mean


def colours(chunks: Mapping[bytes, bytes], included: bytes | None) -> tuple[bytes | None, str]:
    """(the ICC profile of a PNG's colours, None where they are sRGB's; what of it is not understood, in words).

    Args:
        chunks: {kind: content}, of `KINDS`.
        included: the profile in iCCP.
    """
    odd = ""
    if b"cICP" in chunks:
        code = tuple(chunks[b"cICP"])
        known = len(code) == 4 and code[0] in _PRIMARIES and code[1] in _CURVES and code[2:] == (0, 1)
        if known:
            return _unless_srgb(*_PRIMARIES[code[0]], _CURVES[code[1]]), ""
        name = _NAMES.get(code[1], "") if len(code) > 1 else ""
        odd = f"cICP {'/'.join(map(str, code)) or 'that is empty'}{name and f', {name}'}"
    if included:
        return included, ""
    if b"sRGB" in chunks:
        return None, odd
    try:
        return _of_numbers(chunks), odd
    except (struct.error, ValueError):
        return None, odd or "a gamma or primaries that make no colours"


def _of_numbers(chunks: Mapping[bytes, bytes]) -> bytes | None:
    """By gAMA and cHRM; raises ValueError or struct.error where they make no sense."""
    white, *primaries = D65, *SRGB_PRIMARIES
    curve: tuple[float, ...] = SRGB_CURVE
    if b"cHRM" in chunks:
        numbers = [number / 1e5 for number in struct.unpack(">8I", chunks[b"cHRM"])]
        white, *primaries = zip(numbers[::2], numbers[1::2], strict=True)
    ours = _near((white, *primaries), (D65, *SRGB_PRIMARIES))
    if b"gAMA" in chunks:
        gamma = struct.unpack(">I", chunks[b"gAMA"])[0] / 1e5
        if not _GAMMAS[0] <= gamma <= _GAMMAS[1]:
            raise ValueError(f"a gamma of {gamma}")
        # Most programs that write 1/2.2 mean sRGB.
        if not (ours and abs(gamma / _SRGB_GAMMA - 1) < _SAME_GAMMA):
            curve = (1 / gamma,)
    return None if ours and curve == SRGB_CURVE else profile_of(primaries, white, curve)


def _unless_srgb(primaries: tuple[Point, ...], white: Point, curve: tuple[float, ...]) -> bytes | None:
    return None if (primaries, curve) == (SRGB_PRIMARIES, SRGB_CURVE) else profile_of(primaries, white, curve)


def _near(points: tuple[Point, ...], others: tuple[Point, ...]) -> bool:
    pairs = zip((c for point in points for c in point), (c for point in others for c in point), strict=True)
    return all(abs(one - other) < _SAME_POINT for one, other in pairs)
