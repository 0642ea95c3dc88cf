"""Reads the header of a sound file inside a TensorFlow graph.

The decoders of tensorflow-io need the encoding of a file as an argument, and do not return its
sample rate. Its readers return both, but parallel calls share state. In `tf.data` they returned
the samples of one clip for another.

Sources: RIFF/WAVE (Microsoft, 1991), RFC 9639 (FLAC), the Vorbis I specification, ISO 11172-3
and 13818-3 (MP3).
"""

from typing import Any, NamedTuple

# Formats in the order of `Header.format`.
WAV, FLAC, VORBIS, MP3 = range(4)
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE
# Enough for every header except that of MP3, which follows an ID3 tag of any size.
_BYTES = 64
# Rates of MPEG 1 in Hz by index. MPEG 2 has half of the rate, and MPEG 2.5 a quarter.
_MP3_RATES = (44100, 48000, 32000, 0)


class Header(NamedTuple):
    """Header of a sound file, as int32 scalars.

    Attributes:
        format: `WAV`, `FLAC`, `VORBIS` or `MP3`.
        sample_rate: Hz.
        bits: Bits per sample of WAV and FLAC.
        floating: 1 if the samples of a WAV file are floating-point numbers.
    """

    format: Any
    sample_rate: Any
    bits: Any
    floating: Any


def header(tf: Any, path: Any, contents: Any) -> Header:
    """Returns the header of a file.

    Args:
        tf: TensorFlow.
        path: Scalar string tensor, for messages.
        contents: Scalar string tensor, the bytes of the file.

    Raises:
        tf.errors.InvalidArgumentError: When the graph runs, if the format is not supported.
    """
    start = _bytes(tf, contents, 0)
    wav = _is(tf, start, 0, b"RIFF") & _is(tf, start, 8, b"WAVE") & _is(tf, start, 12, b"fmt ")
    flac = _is(tf, start, 0, b"fLaC")
    vorbis = _is(tf, start, 0, b"OggS") & _is(tf, start, 28, b"\x01vorbis")
    frame = _bytes(tf, contents, _id3_size(tf, start))
    mp3 = tf.equal(frame[0], 0xFF) & (frame[1] >= 0xE0) & tf.equal(frame[1] // 2 % 4, 1)
    kinds = tf.stack([wav, flac, vorbis, mp3])
    message = [path, ": is not a WAV, FLAC, Ogg Vorbis or MP3 file that the graph can decode"]
    with tf.control_dependencies([tf.debugging.Assert(tf.reduce_any(kinds), message)]):
        kind = tf.argmax(kinds, output_type=tf.int32)
    facts = [
        lambda: _wav(tf, path, start),
        lambda: _flac(tf, start),
        lambda: tf.stack([_little(start, 40, 4), 32, 1]),
        lambda: tf.stack([_mp3_rate(tf, frame), 32, 1]),
    ]
    return Header(kind, *tf.unstack(tf.ensure_shape(tf.switch_case(kind, facts), (3,))))


def _bytes(tf, contents, place):
    """Returns the bytes from `place` on, int32 `(64,)`, with zeros after the end."""
    size = tf.strings.length(contents)
    part = tf.strings.substr(contents, tf.minimum(place, size), _BYTES)
    numbers = tf.cast(tf.io.decode_raw(part, tf.uint8), tf.int32)
    return tf.ensure_shape(tf.pad(numbers, [(0, _BYTES - tf.size(numbers))]), (_BYTES,))


def _is(tf, start, place, word):
    return tf.reduce_all(tf.equal(start[place : place + len(word)], list(word)))


def _little(start, place, count):
    return sum(start[place + i] * 256**i for i in range(count))


def _wav(tf, path, start):
    tag, bits = _little(start, 20, 2), _little(start, 34, 2)
    tag = tf.where(tf.equal(tag, _EXTENSIBLE), _little(start, 44, 2), tag)
    whole = tf.equal(tag, _PCM) & tf.reduce_any(tf.equal(bits, [8, 16, 24, 32]))
    floating = tf.equal(tag, _FLOAT) & tf.equal(bits, 32)
    message = [
        path,
        ": is a WAV file with an encoding that the graph cannot decode. Tag and bits:",
        tag,
        bits,
    ]
    with tf.control_dependencies([tf.debugging.Assert(whole | floating, message)]):
        return tf.stack([_little(start, 24, 4), bits, tf.cast(floating, tf.int32)])


def _flac(tf, start):
    rate = start[18] * 4096 + start[19] * 16 + start[20] // 16
    bits = start[20] % 2 * 16 + start[21] // 16 + 1
    return tf.stack([rate, bits, 0])


def _id3_size(tf, start):
    """Returns the bytes of an ID3v2 tag before an MP3 file: 28 bits in four bytes."""
    size = sum(start[6 + i] * 128 ** (3 - i) for i in range(4)) + 10
    return tf.where(_is(tf, start, 0, b"ID3"), size, 0)


def _mp3_rate(tf, frame):
    version, index = frame[1] // 8 % 4, frame[2] // 4 % 4
    # 3 is MPEG 1, 2 is MPEG 2, 0 is MPEG 2.5.
    divisor = tf.gather([4, 1, 2, 1], version)
    return tf.gather(_MP3_RATES, index) // divisor
