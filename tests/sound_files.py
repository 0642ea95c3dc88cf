"""Small sound files in formats that libsndfile does not write, made by PyAV."""

import numpy as np

RATE = 16000


def tone(seconds=1.0, rate=RATE, hz=440):
    """A sine at half of full scale, float32 `(samples,)`."""
    return (0.5 * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate)) / rate)).astype("f4")


def encode(path, samples, *, codec, rate=RATE, container=None, options=None):
    """Writes float samples `(n,)` or `(n, channels)` at `rate` with a codec of FFmpeg."""
    import av

    samples = np.atleast_2d(np.asarray(samples, "float32").T)
    layout = {1: "mono", 2: "stereo"}[len(samples)]
    with av.open(str(path), "w", format=container) as file:
        stream = file.add_stream(codec, rate=rate, layout=layout, options=options or {})
        if codec.startswith("wma"):
            stream.bit_rate = 128_000
        known = [format.name for format in stream.codec_context.codec.audio_formats or ()]
        best = [name for name in ("fltp", "flt", "s16p", "s16") if name in known]
        if best and codec != "alac" and not codec.startswith("pcm"):
            stream.codec_context.format = best[0]
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples), "fltp", layout)
        frame.sample_rate = rate
        resampler = av.AudioResampler(
            format=stream.codec_context.format, layout=layout, rate=rate,
            frame_size=stream.codec_context.frame_size or 1024,
        )  # fmt: skip
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))
    return path


def flac_without_length(path):
    """Takes the number of samples out of a FLAC file's header, as encoders to a pipe do."""
    content = bytearray(path.read_bytes())
    # STREAMINFO begins at 8; its bytes 13 to 17 hold 36 bits of length.
    content[21] &= 0xF0
    content[22:26] = bytes(4)
    path.write_bytes(content)
    return path


def flac_frames(path):
    """The frames of a FLAC file, without its header."""
    content, at, last = path.read_bytes(), 4, False
    while not last:
        last = bool(content[at] & 0x80)
        at += 4 + int.from_bytes(content[at + 1 : at + 4], "big")
    return content[at:]
