"""Blocks of samples from FFmpeg, with PyAV, for formats that libsndfile does not support."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kapre_like.audio.limits import Limits
from kapre_like.audio.sndfile_source import BLOCK

if TYPE_CHECKING:
    import av

EXTRA = "pip install 'kapre-like[av]'"
# Demuxers that only read the content of one file. The list excludes those that open other files
# or addresses (hls, concat, dash, sdp, image2), devices, and formats without a signature.
_DEMUXERS = (
    "3dostr,aac,ac3,adx,aea,aiff,aix,amr,amrnb,amrwb,apc,ape,apm,asf,asf_o,ast,au,avi,avr,"
    "bfstm,boa,bonk,brstm,caf,dcstr,dsf,dss,dts,dtshd,dv,eac3,ea,epaf,flac,flv,fsb,fwse,genh,"
    "gsm,hca,iamf,iff,ilbc,ircam,iss,ivf,kvag,laf,lvf,m4a,matroska,mca,mlp,mmf,mov,mp3,mp4,mpc,"
    "mpc8,mpeg,mpegts,msf,mtaf,musx,mxf,nistsphere,nsp,nsv,nut,nuv,ogg,oma,osq,paf,pvf,qcp,qoa,"
    "redspark,rka,rl2,rm,roq,rpl,rsd,rso,sbc,scd,sds,sdx,shn,siff,smk,smjpeg,sol,sox,svag,svs,"
    "swf,tak,thp,truehd,tta,vag,voc,vpk,vqf,w64,wady,wav,wavarc,webm,wsaud,wsd,wtv,wv,wve,xa,"
    "xvag,xwma,3gp,3g2,mj2"
)
# Containers that store the length of their sound. For others it is a guess from the bit rate.
_EXACT = {"aiff", "ape", "asf", "caf", "dsf", "flac", "matroska", "mov", "mpc", "mpc8", "ogg"}
_EXACT |= {"tak", "tta", "w64", "wv"}
_SCALES = {"u1": 2.0**-7, "i2": 2.0**-15, "i4": 2.0**-31}
# Decoding stops after this many bad packets in a row, because the rest is not sound.
_HOPELESS = 200


class NotSoundError(ValueError):
    """Raised if FFmpeg cannot read a file as sound. The message is the reason."""


def installed() -> bool:
    """Returns whether PyAV can be imported."""
    try:
        import av  # noqa: F401
    except ImportError:
        return False
    return True


class AvSource:
    """A file that FFmpeg decodes. It has the attributes of `SndfileSource`."""

    exact = False
    raw = False
    cut = False
    changes = False

    def __init__(self, path: str | Path) -> None:
        """Raises `NotSoundError` if the file contains no sound that FFmpeg can decode."""
        import av

        self._errors = (
            av.FFmpegError,
            ValueError,
            LookupError,
            MemoryError,
            NotImplementedError,
        )
        self._container = self._open(av, path)
        try:
            self._stream = self._sound_stream()
            # NumPy has no name for FFmpeg's 64-bit integers.
            self._resampler = av.AudioResampler(format="dblp")
            self._good = self._bad = 0
            self.failed = False
            self._frames = self._decoded()
            self._first = next(self._frames, None)
            if self._first is None:
                raise NotSoundError("its sound cannot be decoded")
        except BaseException:
            self._container.close()
            raise
        samples, self.rate = self._first
        self.channels = samples.shape[1]
        name = self._container.format.name.partition(",")[0]
        self.format = f"{name} {self._stream.codec_context.name}"
        self.announced = self._announced() if name in _EXACT else None
        self.total = None

    def _open(self, av: Any, path: str | Path) -> "av.container.InputContainer":
        patience = min(Limits.current().read_time, 1e6)
        try:
            # Without "file:" a name with a colon would be an address.
            return av.open(
                f"file:{path}",
                options={"format_whitelist": _DEMUXERS, "protocol_whitelist": "file"},
                metadata_errors="replace",
                timeout=(patience, patience),
            )
        except PermissionError:
            raise
        except self._errors as error:
            raise NotSoundError(getattr(error, "strerror", "") or str(error)) from None

    def _sound_stream(self) -> Any:
        streams = self._container.streams
        best = streams.best("audio") or next(iter(streams.audio), None)
        if best is None:
            raise NotSoundError("it holds no sound")
        if best.codec_context is None:
            raise NotSoundError("FFmpeg has no decoder for its sound")
        return best

    def _announced(self) -> float | None:
        stream, container = self._stream, self._container
        if stream.duration and stream.time_base:
            return float(stream.duration * stream.time_base) * self.rate
        if container.duration and len(container.streams) == 1:
            return container.duration / 1e6 * self.rate
        return None

    def seek(self, frame: int) -> bool:
        """Returns whether `frame` is the first, because seeking is not supported."""
        return frame == 0

    def blocks(self, needed: int | None = None) -> Iterator[tuple[np.ndarray, int]]:
        """Yields float32 `(frames, channels)` and their rate.

        Args:
            needed: Number of frames at `rate` to read. Reading stops after the packet that
                contains the last. `None` reads to the end of the file.
        """
        held: list[np.ndarray] = []
        rate, size, read = self.rate, 0, 0.0
        for samples, now in self._every():
            alike = not held or (now == rate and samples.shape[1] == held[0].shape[1])
            if not alike or size >= BLOCK:
                yield np.concatenate(held), rate
                held, size = [], 0
            held.append(samples)
            rate, size = now, size + samples.size
            read += len(samples) * self.rate / now
            if needed is not None and read >= needed:
                break
        if held:
            yield np.concatenate(held), rate

    def _every(self) -> Iterator[tuple[np.ndarray, int]]:
        if self._first is not None:
            yield self._first
        self._first = None
        yield from self._frames

    def _decoded(self) -> Iterator[tuple[np.ndarray, int]]:
        in_a_row = 0
        for packet in self._packets():
            try:
                frames = packet.decode()
            except self._errors:
                self._bad += 1
                in_a_row += 1
                if in_a_row == _HOPELESS:
                    break
                continue
            in_a_row = 0
            self._good += 1
            for frame in frames:
                if frame.samples:
                    yield _samples(frame, self._resampler), frame.sample_rate
        # In a good file, the first packet after a seek table or a tag at the end may fail.
        self.failed |= self._bad > max(1, 0.01 * self._good)

    def _packets(self) -> Iterator[Any]:
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets)
            except StopIteration:
                return
            except self._errors:
                self.failed = True
                return
            yield packet

    def close(self) -> None:
        """Closes the file."""
        self._frames.close()
        self._container.close()


def _samples(frame: Any, resampler: Any) -> np.ndarray:
    """Returns a frame as float32 `(frames, channels)`, full scale 1.0."""
    if frame.format.name in ("s64", "s64p"):
        (frame,) = resampler.resample(frame)
    array = frame.to_ndarray()
    channels = frame.layout.nb_channels
    array = array.T if frame.format.is_planar else array.reshape(-1, channels)
    scale = _SCALES.get(array.dtype.str[1:])
    samples = array.astype(np.float32, order="C")
    if scale is None:
        return samples
    samples *= np.float32(scale)
    return samples - np.float32(1) if array.dtype.kind == "u" else samples
