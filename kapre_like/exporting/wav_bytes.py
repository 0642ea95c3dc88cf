"""The signature `serve_wav` of SavedModels, which takes the bytes of WAV files."""

from collections.abc import Callable
from typing import Any

from kapre_like.exporting.packages import tensorflow
from kapre_like.exporting.program import Program
from kapre_like.layers import Resample

# Hz. Rates of sound cards, phones and archives. Each needs its own filter in the graph.
USUAL_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
_INPUTS = ("waveform", "length")


def takes_wav(program: Program) -> bool:
    """Returns whether the program is a network of this library with a known sample rate."""
    names = tuple(name for name, _, _ in program.inputs)
    return program.card is not None and names == _INPUTS


def wav_endpoint(program: Program, answer: Callable[..., dict]) -> Callable[[Any], dict]:
    """Returns the function of the signature.

    Args:
        program: The program; `takes_wav(program)` is true.
        answer: Function from `waveform (batch, samples)` and `length (batch,)` to the outputs
            by name.

    Returns:
        A function of a string tensor `(batch,)` of 16-bit PCM WAV files. It averages the
        channels, and resamples the rates of `rates_of` as `Resample` does. For any other rate,
        another encoding, or a file without samples the graph raises TensorFlow's
        InvalidArgumentError.
    """
    tf = tensorflow()
    one_clip = _clip_reader(program.card["sample_rate"])

    def serve_wav(wav):
        clip = tf.RaggedTensorSpec((None,), tf.float32, ragged_rank=0)
        clips = tf.map_fn(one_clip, wav, fn_output_signature=clip)
        length = tf.cast(clips.row_lengths(), tf.int32)
        return answer(clips.to_tensor(), length)

    return serve_wav


def rates_of(target: int) -> dict[int, Any]:
    """Returns the layers that resample each rate to `target`, by rate in Hz.

    The rates are `USUAL_RATES` and `target`. A rate is left out if its common divisor with
    `target` is so small that the filters would not fit into memory.
    """
    layers = {}
    for rate in sorted({*USUAL_RATES, target}):
        try:
            layers[rate] = Resample(orig_sr=rate, target_sr=target, dtype="float32")
        except ValueError:
            continue
        layers[rate].build((None, None, 1))
    return layers


def _clip_reader(target: int) -> Callable[[Any], Any]:
    """Returns a function from the bytes of a file to its waveform `(samples,)` at `target`."""
    tf = tensorflow()
    layers = rates_of(target)
    rates = tf.constant(list(layers), tf.int32)
    listed = ", ".join(str(rate) for rate in layers)

    def read(wav):
        audio, rate = tf.audio.decode_wav(wav)
        known = tf.equal(rates, rate)
        checks = [
            tf.debugging.Assert(
                tf.reduce_any(known),
                [f"serve_wav: the sample rate must be one of {listed} Hz. Received:", rate],
            ),
            tf.debugging.Assert(
                tf.shape(audio)[0] > 0,
                ["serve_wav: a file must contain samples. Received: none"],
            ),
        ]
        with tf.control_dependencies(checks):
            mono = tf.reduce_mean(audio, axis=1)[tf.newaxis, :, tf.newaxis]
        branches = [lambda layer=layer: layer(mono) for layer in layers.values()]
        return tf.switch_case(tf.argmax(known, output_type=tf.int32), branches)[0, :, 0]

    return read
