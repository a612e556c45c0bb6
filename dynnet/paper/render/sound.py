"""A film's sound beside new pictures: its packets as they are where the new file takes them, else encoded anew."""

from pathlib import Path
from typing import Any

from dynnet.paper.render.pyav import pyav

_TAKEN = {".webm": {"opus", "vorbis"}, ".mkv": None}  # None: whatever there is
_MP4 = {"aac", "mp3", "ac3", "eac3", "alac", "opus"}
_NEW = {".webm": "libopus"}


class Sound:
    """The first sound of a film, written into another container bit by bit.

    Args:
        path: of the film that has it; one without any writes nothing.
        target: the container, to which nothing was written yet.
        suffix: of the target, which says what it takes.
    """

    def __init__(self, path: Path, target: Any, suffix: str):
        self._av, self._target = pyav(), target
        self._source = self._av.open(str(path))
        self._pending: Any = None
        self._done = not self._source.streams.audio
        if self._done:
            return
        stream = self._source.streams.audio[0]
        taken = _TAKEN.get(suffix, _MP4)
        self._copied = taken is None or stream.codec_context.name in taken
        if self._copied:
            self._stream = target.add_stream_from_template(stream)
            self._packets = (packet for packet in self._source.demux(stream) if packet.dts is not None)
        else:
            self._stream = target.add_stream(_NEW.get(suffix, "aac"), rate=48000)
            self._packets = self._encoded(stream)

    def write_until(self, seconds: float) -> None:
        """Writes what sounds until then."""
        while not self._done:
            packet = self._pending or next(self._packets, None)
            self._pending = None
            if packet is None:
                self._done = True
            elif packet.pts is not None and float(packet.pts * packet.time_base) > seconds:
                self._pending = packet
                return
            else:
                packet.stream = self._stream
                self._target.mux(packet)

    def close(self) -> None:
        """Lets the film go; flushes nothing: what was not written until now is left out."""
        self._source.close()

    def _encoded(self, stream: Any) -> Any:
        resampler = self._av.AudioResampler(self._stream.format.name, "stereo", 48000)
        for frame in self._source.decode(stream):
            for even in resampler.resample(frame):
                yield from self._stream.encode(even)
        for even in resampler.resample(None):
            yield from self._stream.encode(even)
        yield from self._stream.encode(None)
