"""Frames, and another film's sound, as a film. However it ends, what was written until then plays."""

from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from dynnet.atomic import atomic_path
from dynnet.errors import DynnetError, one_line
from dynnet.paper.render.plan import part_of
from dynnet.paper.render.pyav import pyav
from dynnet.paper.render.sound import Sound

SUFFIXES = (".mp4", ".mov", ".m4v", ".mkv", ".webm")
_MP4 = (".mp4", ".mov", ".m4v")
_AT_ONCE = {"flush_packets": "1"}  # onto the disk
_PIECES = {"movflags": "frag_keyframe+delay_moov+default_base_moof"}  # needs no index at its end to be played
_INDEXED = {"movflags": "faststart"}
_CODECS = (("libx264", {"crf": "18", "x264-params": "rc-lookahead=8:sync-lookahead=0"}), ("mpeg4", {"qscale": "2"}))
_WEBM = (("libvpx-vp9", {"crf": "24", "b:v": "0", "cpu-used": "4", "row-mt": "1"}),)
_BT709 = 1
_PIECE = 1  # seconds; what is lost when a film is cut off is some of these


class FilmWriter:
    """A film that is written frame by frame, beside its place as NAME.part.SUFFIX, until `finish` puts it there.

    Args:
        path: where it goes; mp4, mov, m4v, mkv or webm.
        height, width: of the frames; an odd row or column is left out.
        time_base, rate: of the frames' times, and frames a second.
        sound_of: a film whose sound goes along.

    Raises:
        DynnetError: PyAV is missing, or the file cannot be written.
    """

    def __init__(
        self, path: Path, height: int, width: int, time_base: Fraction, rate: Fraction, sound_of: Path | None = None
    ):
        self.path, self._av = path, pyav()
        self.part = part_of(path)
        self._height, self._width, self._time_base = height // 2 * 2, width // 2 * 2, time_base
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._container = self._av.open(str(self.part), "w", options=_AT_ONCE | (_PIECES if self._is_mp4 else {}))
            self._stream = self._new_stream(rate)
            self._sound = Sound(sound_of, self._container, path.suffix.lower()) if sound_of else None
        except OSError as error:
            raise DynnetError(
                f"cannot write {path.parent}/: {path.name}: {error.strerror or one_line(error)}"
            ) from error

    def add(self, pixels: np.ndarray, pts: int) -> None:
        """Takes uint8 (H, W, 3) at a time, which rises from one to the next."""
        pixels = np.ascontiguousarray(pixels[: self._height, : self._width])
        frame = self._av.VideoFrame.from_ndarray(pixels, format="rgb24")
        frame = frame.reformat(format="yuv420p", dst_colorspace="ITU709")
        frame.colorspace, frame.pts, frame.time_base = _BT709, pts, self._time_base
        self._container.mux(self._stream.encode(frame))
        if self._sound:
            self._sound.write_until(float(pts * self._time_base))

    def stop(self) -> None:
        """Ends the file as it is, with what it has; it stays beside its place."""
        self._container.mux(self._stream.encode(None))
        self._container.close()
        if self._sound:
            self._sound.close()

    def finish(self) -> None:
        """Ends the film and puts it in its place."""
        if self._sound:
            self._sound.write_until(float("inf"))
        self.stop()
        if self._is_mp4:
            with atomic_path(self.path) as temporary:
                _copy(self._av, self.part, temporary)
            self.part.unlink()
        else:
            self.part.replace(self.path)

    @property
    def _is_mp4(self) -> bool:
        return self.path.suffix.lower() in _MP4

    def _new_stream(self, rate: Fraction) -> Any:
        codecs = _WEBM if self.path.suffix.lower() == ".webm" else _CODECS
        found = next(((name, options) for name, options in codecs if name in self._av.codecs_available), None)
        if found is None:
            raise DynnetError(
                f"{self.path}: this PyAV has no encoder for it; take another suffix: {', '.join(SUFFIXES)}"
            )
        stream = self._container.add_stream(found[0], rate=rate, options=found[1])
        stream.width, stream.height, stream.pix_fmt = self._width, self._height, "yuv420p"
        stream.codec_context.time_base = self._time_base
        stream.codec_context.gop_size = max(1, round(_PIECE * rate))
        stream.codec_context.colorspace = stream.codec_context.color_primaries = stream.codec_context.color_trc = _BT709
        return stream


def save_film(frames: Iterable[np.ndarray], path: Path, rate: float) -> None:
    """Writes uint8 (H, W, 3) frames, `rate` of them a second, without sound."""
    per_second = Fraction(rate).limit_denominator(1001)
    writer = None
    for number, pixels in enumerate(frames):
        if writer is None:
            writer = FilmWriter(path, *pixels.shape[:2], 1 / per_second, per_second)
        writer.add(pixels, number)
    if writer is None:
        raise DynnetError(f"{path}: a film needs frames, got none")
    writer.finish()


def _copy(av: Any, part: Path, path: Path) -> None:
    """The same streams with an index at the beginning, which players seek by."""
    with av.open(str(part)) as source, av.open(str(path), "w", options=_INDEXED) as target:
        streams = {s.index: target.add_stream_from_template(s) for s in source.streams if s.type in ("video", "audio")}
        for packet in source.demux():
            if packet.dts is not None and packet.stream.index in streams:
                packet.stream = streams[packet.stream.index]
                target.mux(packet)
