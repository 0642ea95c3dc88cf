"""Waveform to magnitude spectrogram in one layer."""

import keras

from kapre_like import _check
from kapre_like.layers._base.composed import Composed


@keras.saving.register_keras_serializable(package="kapre_like")
class StftMagnitude(Composed):
    """Magnitude or power of the short-time Fourier transform, linear or in dB.

    `y[t, k] = |X[t, k]| ** power`, where `X` is the `STFT`. With `decibel`,
    `y[t, k] = 20 / power * log10(max(|X[t, k]| ** power, amin) / ref)`, then
    `y = max(y, peak - top_db)`.

    The layer equals `STFT`, power and decibels in a row. Compared with the single layers in a
    row, its configuration is flat, its arithmetic is real, and it is faster. The reference
    `"max"` and `peak` are the maximum of each clip over its valid frames and all channels.

    A mask over samples (from `LengthMask`) sets the samples past each clip's length to zero,
    and the output carries a mask over frames. On its valid frames a clip has the same values in
    a padded batch as alone. The arithmetic is float32 under every dtype policy except float64.

    Args:
        n_fft: Int > 0, FFT size in samples.
        win_length: Int in 1 .. `n_fft`, window length in samples. `None` means `n_fft`.
        hop_length: Int > 0, samples between frames. `None` means `win_length // 4`.
        window: Name or `(name, parameter)` of a periodic window of `scipy.signal.get_window`,
            or an array of `win_length` numbers.
        center: Whether frame `t` is centered on sample `t * hop_length`.
        pad_mode: Padding at both ends of a centered clip: `"constant"` (zeros), `"reflect"`, or
            `"none"` (no padding, as with `center=False`).
        power: Number > 0, exponent of the magnitude: 2 for power, 1 for amplitude.
        decibel: Whether the output is in decibels.
        ref: Number > 0, the value that maps to 0 dB, or `"max"`: the peak of each clip.
        amin: Number > 0. Smaller values are replaced by it.
        top_db: Number > 0, dynamic range in dB below the peak of each clip. `None` means no
            limit.
        learn_stft: `None`, `"kernels"` or `"window"`. As `learn` in `STFT`.
        learn_decibel: `None` or `"affine"`. As `learn` in `PowerToDecibel`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point, values usually in [-1, 1].

    Output shape:
        `(batch, frames, n_fft // 2 + 1, channels)`, frames as in `STFT`. In dB and the policy's
        compute dtype if `decibel`; else in the unit of `|X| ** power`, float32.

    Weights:
        `kernel_real`, `kernel_imag`: `(n_fft, freqs)`; exist if `learn_stft="kernels"`.
        `window`: `(win_length,)`, in the attribute `window_weight`; exists if
            `learn_stft="window"`.
        `slope`, `reference_db`, `floor_db`: one number per band; exist if
            `learn_decibel="affine"`.

    Raises:
        ValueError: If an argument is outside its domain, or if the input is not floating point
            or lacks a channel axis or channels.

    Example:
        >>> kapre_like.StftMagnitude(n_fft=512)(np.zeros((2, 16000, 1))).shape
        (2, 126, 257, 1)

    Source: librosa 0.11 `stft` with `abs` and `amplitude_to_db`, one clip at a time; Kapre
        0.4.1 `get_stft_magnitude_layer`.
    """

    def __init__(
        self,
        *,
        n_fft=2048,
        win_length=None,
        hop_length=None,
        window="hann",
        center=True,
        pad_mode="constant",
        power=1.0,
        decibel=False,
        ref=1.0,
        amin=1e-5,
        top_db=80.0,
        learn_stft=None,
        learn_decibel=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._compose(
            n_fft=n_fft, win_length=win_length, hop_length=hop_length, window=window,
            center=center, pad_mode=pad_mode, power=power, decibel=decibel, ref=ref,
            amin=amin, top_db=top_db, learn_stft=learn_stft,
            learn_decibel=learn_decibel,
        )  # fmt: skip

    def describe(self, sample_rate=16000, part="stft"):
        """Returns the layer's frequency responses or decibel scale, now and before training.

        Args:
            sample_rate: Number > 0, Hz.
            part: `"stft"`: the transform, as `STFT.describe`; `"decibel"`: slope, reference
                and floor of every bin, as `PowerToDecibel.describe`.
        """
        _check.one_of("StftMagnitude", ("decibel", "stft"), part=part)
        if part == "decibel":
            return self._decibels.describe(self)
        return self._analysis.describe(self, sample_rate)
