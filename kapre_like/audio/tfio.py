"""Decodes and resamples sound inside a TensorFlow graph, with tensorflow-io.

`audio.read` runs in Python. The functions here return tensors of the graph, so a `tf.data`
pipeline runs without Python. The last tensorflow-io, 0.37.1, only loads on TensorFlow 2.16.
`pip install 'kapre-like[tfio]'` installs both.
"""

from typing import Any

from kapre_like import _check
from kapre_like.audio.channels import MIX, SPLIT, channel_name
from kapre_like.audio.graph_headers import FLAC, MP3, VORBIS, WAV, header

_VERSION = "2.16"
# Shift and divisor that scale decoded samples to [-1, 1], by dtype.
_FULL_SCALE = {"uint8": (128.0, 128.0), "int16": (0.0, 2.0**15), "int32": (0.0, 2.0**31)}
# As in `parts.py`: manifests round times, so this much past the end counts as the end.
_END_TOLERANCE_S = 0.011


def packages(owner: str) -> tuple[Any, Any]:
    """Returns the modules `tensorflow` and `tensorflow_io.audio`.

    Raises:
        ImportError: If one of them is missing, or tensorflow-io does not load on this
            TensorFlow. The message says what to install.
    """
    fix = (
        f"{owner}: decoding inside the graph needs tensorflow-io, which loads on TensorFlow "
        f"{_VERSION} only. Make a separate environment with Python 3.11 or 3.12 and run: "
        "pip install 'kapre-like[tfio]'. Or decode outside the graph, with soundfile."
    )
    try:
        import tensorflow as tf  # noqa: TID251 -- the graph needs it

        if not tf.__version__.startswith(f"{_VERSION}."):
            raise ImportError(f"{fix} This is TensorFlow {tf.__version__}.")
        import tensorflow_io
    except ModuleNotFoundError as error:
        raise ImportError(f"{fix} Missing: {error.name}.") from error
    return tf, tensorflow_io.audio


def channel_number(channel: str | int) -> int:
    """Returns the number of a channel, counted from 1; 0 for the mean of all.

    Raises:
        ValueError: If it is neither a channel nor `"mix"`.
    """
    named = channel_name("tfio.read", channel)
    if named == SPLIT:
        _check.fail("tfio.read", "channel", "one channel, or their mean", channel)
    return 0 if named == MIX else int(named)


def read(
    path: Any,
    *,
    sample_rate: int,
    start_s: Any = None,
    end_s: Any = None,
    seconds: Any = None,
    channel: Any = MIX,
) -> Any:
    """Reads WAV, FLAC, Ogg Vorbis or MP3 as a mono waveform, in the graph.

    Without resampling, the samples equal those of `audio.read`. tensorflow-io resamples with a
    shorter filter than soxr.

    Args:
        path: Scalar string tensor, the path of a file. The content decides the format, not the
            suffix.
        sample_rate: Int > 0, Hz, of the result.
        start_s: Float tensor, begin in seconds. `None` or NaN means the beginning of the file.
        end_s: Float tensor, end in seconds. `None` or NaN means the end of the file.
        seconds: Float > 0. Reads only the middle `seconds` of the part. A shorter part is read
            whole.
        channel: As in `audio.read`, or an int tensor as from `channel_number`.

    Returns:
        float32 tensor `(samples,)`; full scale is 1.0.

    Raises:
        ImportError: If tensorflow-io is missing, or TensorFlow is not version 2.16.
        ValueError: If `sample_rate` or `seconds` is out of its domain.
        tf.errors.InvalidArgumentError: When the graph runs, if the file cannot be decoded, has
            no such channel, or does not contain the part.

    Example:
        >>> files = tf.data.Dataset.list_files("clips/*.flac")
        >>> clips = files.map(lambda path: tfio.read(path, sample_rate=16000))
    """
    tf, tfio = packages("tfio.read")
    _check.positive_int("tfio.read", sample_rate=sample_rate)
    if seconds is not None:
        _check.positive("tfio.read", seconds=seconds)
    contents = tf.io.read_file(path)
    facts = header(tf, path, contents)
    samples = _as_float(tf, tfio, contents, facts)
    rate, frames = tf.cast(facts.sample_rate, tf.int64), tf.shape(samples, tf.int64)[0]
    begin, end = _bounds(tf, path, frames, rate, start_s, end_s, seconds)
    samples = samples[begin:end]
    number = channel if tf.is_tensor(channel) else tf.constant(channel_number(channel))
    mono = resample(_picked(tf, path, samples, number), rate, sample_rate)
    if seconds is not None:
        max_samples = max(1, round(seconds * sample_rate))
        first = tf.maximum(0, (tf.shape(mono)[0] - max_samples) // 2)
        mono = mono[first : first + max_samples]
    return mono


def resample(waveform: Any, rate: Any, sample_rate: int) -> Any:
    """Resamples a waveform `(samples,)` from `rate` Hz, an int64 tensor, to `sample_rate` Hz.

    tensorflow-io delays its result by half of its filter. Zeros before the clip make the delay
    a whole number of samples at both rates, and these samples are dropped.
    """
    tf, tfio = packages("tfio.resample")
    wanted = tf.constant(sample_rate, tf.int64)

    def converted():
        delay = _delay(tf, rate, wanted)
        period = rate // _common_divisor(tf, rate, wanted)
        lead = (period - delay % period) % period
        late = (lead + delay) * wanted // rate
        count = (tf.size(waveform, tf.int64) * wanted + rate - 1) // rate
        # Zeros after the clip, so that the delayed end is computed.
        padded = tf.pad(waveform, [(lead, delay + period)])
        result = tf.reshape(tfio.resample(padded, rate, wanted), [-1])
        return result[late : late + count]

    return tf.cond(tf.equal(rate, wanted), lambda: waveform, converted)


def _delay(tf, rate, wanted):
    """Returns half of the filter in samples at `rate`: 64 taps at the lower rate, in eights."""
    taps = tf.maximum(64 * rate // wanted, 64)
    return (taps + 7) // 8 * 4


def _common_divisor(tf, a, b):
    return tf.while_loop(lambda _, b: b > 0, lambda a, b: (b, a % b), (a, b))[0]


def _picked(tf, path, samples, number):
    """Returns one channel of `(frames, channels)`, or the mean of all, as `(frames,)`."""
    count = tf.shape(samples)[1]
    message = [path, ": has no such channel. Number and channels:", number, count]
    with tf.control_dependencies([tf.debugging.Assert(number <= count, message)]):
        one = tf.maximum(number - 1, 0)
    return tf.cond(
        tf.equal(number, 0),
        lambda: tf.reduce_mean(samples, axis=1),
        lambda: tf.gather(samples, one, axis=1),
    )


def _bounds(tf, path, frames, rate, start_s, end_s, seconds):
    """Returns the first frame to read and the frame after the last, at the file's own rate."""
    hertz = tf.cast(rate, tf.float64)
    duration = tf.cast(frames, tf.float64) / hertz
    first = _or(tf, start_s, tf.constant(0.0, tf.float64))
    last = _or(tf, end_s, duration)
    inside = (first >= 0) & (first < last) & (first < duration)
    inside &= last <= duration + _END_TOLERANCE_S
    message = [path, ": the part is not inside the file. Seconds:", first, last, duration]
    with tf.control_dependencies([tf.debugging.Assert(inside, message)]):
        begin = tf.cast(tf.round(first * hertz), tf.int64)
    end = tf.minimum(tf.cast(tf.round(last * hertz), tf.int64), frames)
    if seconds is None:
        return begin, end
    wanted = tf.cast(tf.math.ceil(seconds * hertz), tf.int64)
    wanted = tf.minimum(end - begin, wanted)
    begin += (end - begin - wanted) // 2
    return begin, begin + wanted


def _or(tf, seconds, default):
    if seconds is None:
        return default
    seconds = tf.cast(seconds, tf.float64)
    return tf.where(tf.math.is_nan(seconds), default, seconds)


def _as_float(tf, tfio, contents, facts):
    """Returns all frames as float32 `(frames, channels)`. Full scale is 1.0."""

    def scaled(x, kind):
        shift, scale = _FULL_SCALE[kind]
        return tf.cast((tf.cast(x, tf.float64) - shift) / scale, tf.float32)

    def whole(decode, kind):
        return lambda: scaled(decode(contents, dtype=tf.as_dtype(kind)), kind)

    def wav_of_32_bits():
        # tensorflow-io reads 32-bit integers as floating point too.
        x = tfio.decode_wav(contents, dtype=tf.float32)
        integers = lambda: scaled(tf.bitcast(x, tf.int32), "int32")  # noqa: E731
        return tf.cond(tf.equal(facts.floating, 1), lambda: x, integers)

    def by_bits(decode, of_32_bits):
        kinds = [whole(decode, "uint8"), whole(decode, "int16"), whole(decode, "int32")]
        place = tf.clip_by_value((facts.bits + 7) // 8 - 1, 0, 3)
        return lambda: tf.switch_case(place, [*kinds, of_32_bits])

    return tf.switch_case(
        facts.format,
        {
            WAV: by_bits(tfio.decode_wav, wav_of_32_bits),
            FLAC: by_bits(tfio.decode_flac, whole(tfio.decode_flac, "int32")),
            VORBIS: lambda: tfio.decode_vorbis(contents),
            MP3: lambda: tfio.decode_mp3(contents),
        },
    )
