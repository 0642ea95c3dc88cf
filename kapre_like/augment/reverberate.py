"""Reverberation by impulse responses as a layer. Arithmetic: `ops.rooms`."""

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.augment._bank import RULE, BankAugmentation, scaled_index
from kapre_like.ops.rooms import reverberate

# The end of a response is cut off if it has less than this share of the energy (-100 dB).
_SILENT_SHARE = 1e-10


@keras.saving.register_keras_serializable(package="kapre_like")
class Reverberate(BankAugmentation):
    """Convolves each example with a random impulse response.

    The direct sound, which is the peak of the response, is not delayed. The result has the
    length and the energy of the example, and the reverberation past its end is cut off. At
    inference the result is the input.

    Each channel of a file is one response, and all channels of an example are convolved with
    the same response. The files are read at the first training call or by `prepare()`. A saved
    layer keeps the paths. It does not keep arrays: set `layer.bank` again before training.

    `y[n] = c * sum_k h[k] * x[n + peak - k]`, where `h` is the response, `peak` the index of
    its greatest magnitude, and `c` restores the energy: `sum(y ** 2) = sum(x ** 2)` over the
    valid samples.

    Args:
        bank: A folder with audio files at any depth, an audio file, a table (CSV, TSV,
            Parquet) with a column `path`, or a list of these. Or an array
            `(responses, samples)`, or a list of arrays `(samples,)`, at `sample_rate`.
        sample_rate: Int > 0, Hz, of the input. Files of another rate are resampled.
        probability: Number in 0 .. 1, the probability that an example is changed.
        seed: `None`, or int >= 0: the same draws in the same order in every new layer.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples)` or `(batch, samples, channels)`, floating point, with or without a
        Keras mask; or a list `[waveform, length]`.

    Output shape:
        Same as the input, float32.

    Raises:
        ValueError: If an argument is outside its domain, the bank cannot be read, is empty or
            has a silent response, or the input has another rank, or is not floating point.

    Warns:
        UserWarning: Files are resampled.

    Example:
        >>> x = np.array([[0.0, 1.0, 0.0, 0.0]], "float32")
        >>> echo = np.array([[3.0, 0.0, 4.0]])
        >>> y = kapre_like.augment.Reverberate(bank=echo)(x, training=True)
        >>> np.round(keras.ops.convert_to_numpy(y), 3).tolist()
        [[0.0, 1.0, 0.0, 0.0]]

    Source: audiomentations, `ApplyImpulseResponse`; there a signal is late by the delay of the
        response.
    """

    split_channels = True

    def __init__(self, *, bank, sample_rate=16000, probability=1.0, seed=None, **kwargs):
        super().__init__(
            bank=bank, sample_rate=sample_rate, probability=probability, seed=seed, **kwargs
        )
        if bank is None:
            _check.fail("Reverberate", "bank", RULE, bank)
        # Samples before the peak in every row of the bank.
        self._delay = 0

    def packed(self, recordings):
        for name, response in recordings:
            if not np.abs(response).max():
                rule = "impulse responses that are not silent"
                raise ValueError(
                    f"Reverberate: `bank` must be {rule}. Received: {name} of zeros."
                )
        responses = [_scaled(response) for _, response in recordings]
        peaks = [int(np.abs(response).argmax()) for response in responses]
        self._delay = max(peaks)
        before = [self._delay - peak for peak in peaks]
        taps = max(len(r) + lead for r, lead in zip(responses, before, strict=True))
        rows = [
            np.pad(r, (lead, taps - lead - len(r)))
            for r, lead in zip(responses, before, strict=True)
        ]
        return {"responses": np.stack(rows).astype("float32")}

    def draw(self, shape):
        return {"response": self.uniform(shape[:1])}

    def transform(self, x, length, draws):
        responses = self._bank.tensors["responses"]
        index = scaled_index(draws["response"], responses.shape[0])
        if isinstance(x.shape[1], int):
            # Later taps only affect samples past the end of the examples.
            responses = responses[:, : x.shape[1] + self._delay]
        kernel = ops.cast(ops.take(responses, index, axis=0), x.dtype)
        return reverberate(x, kernel=kernel, delay=self._delay, length=length)


def _scaled(response):
    """Scales a response to energy 1, and removes its silent end."""
    response = response / np.sqrt(np.sum(np.square(response, dtype="float64")))
    rest = np.cumsum(np.square(response)[::-1], dtype="float64")[::-1]
    return response[: max(1, int(np.sum(rest > _SILENT_SHARE)))]
