"""Sound decoded and resampled inside a TensorFlow graph, by tensorflow-io.

`audio.read` is called from Python. What this module returns is a tensor of the graph, so that
a `tf.data` pipeline runs without Python. The last tensorflow-io, 0.37.1, loads on TensorFlow
2.16 only; `pip install 'kapre-like[tfio]'` installs the two together.
"""

import importlib
from typing import Any

from kapre_like import _check
from kapre_like.audio.channels import MIX, SPLIT, channel_name

_VERSION = "2.16"
# What is read, by the dtype that tensorflow-io keeps it in: shift, then divide.
_FULL_SCALE = {"uint8": (128.0, 128.0), "int16": (0.0, 2.0**15), "int32": (0.0, 2.0**31)}
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
# As in `decode.py`: manifests round times, so an end this far past the end is the end.
_END_TOLERANCE_S = 0.011


def packages(owner: str) -> tuple[Any, Any]:
    """Returns TensorFlow and tensorflow-io's operators.

    Raises:
        ImportError: If one of them is missing, or tensorflow-io does not load on this
            TensorFlow; says what to install.
    """
    fix = (
        f"{owner}: decoding inside the graph needs tensorflow-io, which loads on TensorFlow "
        f"{_VERSION} only. Make an environment of its own with Python 3.11 or 3.12 and run: "
        "pip install 'kapre-like[tfio]'. Or decode outside the graph, with soundfile."
    )
    try:
        tf = importlib.import_module("tensorflow")
        if not tf.__version__.startswith(f"{_VERSION}."):
            raise ImportError(f"{fix} This is TensorFlow {tf.__version__}.")
        return tf, importlib.import_module("tensorflow_io")
    except ModuleNotFoundError as error:
        raise ImportError(f"{fix} Missing: {error.name}.") from error


def channel_number(channel: str | int) -> int:
    """Returns a channel counted from 1; 0 is the mean of all.

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

    The same as `audio.read`, and sample for sample the same numbers where no rate changes;
    tensorflow-io resamples with a shorter filter than soxr.

    Args:
        path: Scalar string tensor: a file. The content decides, not the suffix.
        sample_rate: Int > 0, Hz, of the result.
        start_s: Float tensor, seconds, where to begin. `None` or NaN: at the beginning.
        end_s: Float tensor, seconds, where to end. `None` or NaN: at the end.
        seconds: Float > 0. Only the middle `seconds` of the part; a shorter part whole.
        channel: As of `audio.read`, or an int tensor: what `channel_number` returns.

    Returns:
        float32 tensor `(samples,)`; full scale is 1.0.

    Raises:
        ImportError: If tensorflow-io is missing, or this is no TensorFlow 2.16.
        ValueError: If `sample_rate` or `seconds` is out of its domain.
        tf.errors.InvalidArgumentError: Where the graph runs: if the file cannot be decoded or
            has no such channel, or the part is not inside it.

    Example:
        >>> files = tf.data.Dataset.list_files("clips/*.flac")
        >>> clips = files.map(lambda path: tfio.read(path, sample_rate=16000))
    """
    tf, _ = packages("tfio.read")
    _check.positive_int("tfio.read", sample_rate=sample_rate)
    if seconds is not None:
        _check.positive("tfio.read", seconds=seconds)
    operators = importlib.import_module("tensorflow_io.python.ops.core_ops")
    resource = operators.io_audio_readable_init(path)
    shape, dtype, rate = operators.io_audio_readable_spec(resource)
    frames, rate = tf.cast(shape[0], tf.int64), tf.cast(rate, tf.int64)
    begin, end = _bounds(tf, path, frames, rate, start_s, end_s, seconds)
    samples = _as_float(tf, operators, path, resource, dtype, begin, end)
    number = channel if tf.is_tensor(channel) else tf.constant(channel_number(channel))
    mono = resample(_picked(tf, path, samples, number), rate, sample_rate)
    if seconds is not None:
        most = max(1, round(seconds * sample_rate))
        first = tf.maximum(0, (tf.shape(mono)[0] - most) // 2)
        mono = mono[first : first + most]
    return mono


def resample(waveform: Any, rate: Any, sample_rate: int) -> Any:
    """Returns a waveform `(samples,)` of `rate` Hz, an int64 tensor, at `sample_rate` Hz."""
    tf, tfio = packages("tfio.resample")
    wanted = tf.constant(sample_rate, tf.int64)

    def converted():
        result = tfio.audio.resample(waveform, rate, wanted)
        return tf.reshape(result, [-1])

    return tf.cond(tf.equal(rate, wanted), lambda: waveform, converted)


def _picked(tf, path, samples, number):
    """One channel of `(frames, channels)`, or the mean of all, `(frames,)`."""
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
    """The first frame to read and the one behind the last, at the file's own rate."""
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


def _as_float(tf, operators, path, resource, dtype, begin, end):
    """The frames `begin` to `end` as float32 `(frames, channels)`; full scale is 1.0."""

    def whole(kind):
        shift, scale = _FULL_SCALE[kind]
        x = operators.io_audio_readable_read(resource, begin, end, dtype=tf.as_dtype(kind))
        return tf.cast((tf.cast(x, tf.float64) - shift) / scale, tf.float32)

    def floating():
        x = operators.io_audio_readable_read(resource, begin, end, dtype=tf.float32)
        return tf.cond(_holds_integers(tf, path), lambda: _from_integers(tf, x), lambda: x)

    branches = [lambda kind=kind: whole(kind) for kind in _FULL_SCALE] + [floating]
    kinds = tf.constant([tf.as_dtype(kind).as_datatype_enum for kind in _FULL_SCALE], tf.int64)
    found = tf.equal(kinds, tf.cast(dtype, tf.int64))
    place = tf.where(tf.reduce_any(found), tf.argmax(found), len(_FULL_SCALE))
    return tf.switch_case(tf.cast(place, tf.int32), branches)


def _from_integers(tf, x):
    """32-bit integers that were taken for floats, bit by bit."""
    return tf.cast(tf.cast(tf.bitcast(x, tf.int32), tf.float64) / 2.0**31, tf.float32)


def _holds_integers(tf, path):
    """Whether a WAV file with 32 bits per sample holds integers.

    tensorflow-io takes them for floats without a word, so the file's format tag decides. It
    is where it stands in all but a few files; elsewhere the file is refused.
    """
    start = tf.strings.substr(tf.io.read_file(path), 0, 64)
    is_wav = tf.equal(tf.strings.substr(start, 0, 4), "RIFF")

    def number(place):
        return tf.io.decode_raw(tf.strings.substr(start, place, 2), tf.uint16)[0]

    def tag():
        first = tf.cast(number(20), tf.int32)
        return tf.cond(
            first == _EXTENSIBLE, lambda: tf.cast(number(44), tf.int32), lambda: first
        )

    found = tf.cond(is_wav, tag, lambda: _FLOAT)
    placed = tf.equal(tf.strings.substr(start, 12, 4), "fmt ") | ~is_wav
    known = placed & (tf.equal(found, _PCM) | tf.equal(found, _FLOAT))
    message = [path, ": neither PCM nor floating point, or its header is in another order"]
    with tf.control_dependencies([tf.debugging.Assert(known, message)]):
        return tf.equal(found, _PCM)
