"""Waveform to magnitude spectrogram in one layer. The road: `_composed`."""

import keras

from kapre_like import _check
from kapre_like.layers._composed import Composed


@keras.saving.register_keras_serializable(package="kapre_like")
class StftMagnitude(Composed):
    """Magnitude or power of the short-time Fourier transform, linear or in decibels.

    `STFT`, `|X| ** power` and, if `decibel`, `20 / power * log10`: one flat configuration,
    real arithmetic inside (no complex tensor of ours), and faster than the layers in a row.
    The reference `"max"` and the peak of `top_db` are those of each clip, over its valid
    frames and all channels.

    A mask over samples (from `LengthMask`) sets the samples past each clip's length to zero
    and goes on as a mask over frames: on its valid frames a clip has the same values in a
    padded batch as alone. The arithmetic is float32 under every policy but float64.

    Args:
        n_fft: Int > 0, FFT size in samples.
        win_length: Int in 1 .. `n_fft`, samples under the window. `None` means `n_fft`.
        hop_length: Int > 0, samples between frames. `None` means `win_length // 4`.
        window: Name or `(name, parameter)` that `scipy.signal.get_window` knows, taken
            periodic, or an array of `win_length` numbers.
        center: Whether frame `t` has its middle at sample `t * hop_length`.
        pad_mode: What is beside a centered clip: `"constant"` (zeros), `"reflect"`, or
            `"none"`: nothing, whole frames only, as with `center=False`.
        power: Number > 0, exponent of the magnitude: 2 for power, 1 for amplitude.
        decibel: Whether to scale to decibels.
        ref: Number > 0 that maps to 0 dB, or `"max"`: each clip's peak.
        amin: Number > 0, smaller values count as this.
        top_db: Number > 0, dB kept below each clip's peak, or `None` to keep everything.
        learn_stft: `None`, `"kernels"` or `"window"`. As `STFT(learn=...)`.
        learn_decibel: `None` or `"affine"`. As `PowerToDecibel(learn=...)`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point, values usually in [-1, 1].

    Output shape:
        `(batch, frames, n_fft // 2 + 1, channels)`, frames as in `STFT`; the policy's compute
        dtype if `decibel`, else float32.

    Weights:
        `kernel_real`, `kernel_imag`: `(n_fft, freqs)`; exist if `learn_stft="kernels"`.
        `window`: `(win_length,)`, held as `window_weight`; exists if `learn_stft="window"`.
        `slope`, `reference_db`, `floor_db`: one number per band; exist if
            `learn_decibel="affine"`.

    Raises:
        ValueError: If an argument is outside its domain, the input has no channel axis or no
            channel, or it is not floating point.

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
        """Returns what the layer looks like in Hz or dB, now and before training.

        Args:
            sample_rate: Number > 0, Hz.
            part: `"stft"`: the transform, as `STFT.describe`; `"decibel"`: slope, reference
                and floor of every bin, as `PowerToDecibel.describe`.
        """
        _check.one_of("StftMagnitude", ("decibel", "stft"), part=part)
        if part == "decibel":
            return self._decibels.describe(self)
        return self._analysis.describe(self, sample_rate)
