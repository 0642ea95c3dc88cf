"""Constant-Q transform as a layer. Arithmetic: `ops.constant_q`."""

import keras

from kapre_like.layers._base.constant_q import ConstantQ


@keras.saving.register_keras_serializable(package="kapre_like")
class CQT(ConstantQ):
    """Constant-Q transform of every channel: the same number of bins per octave.

    `X[t, k] = sqrt(N[k]) * sum_u w[k][u] * x[t * hop_length + u] * exp(-2j * pi * f[k] * u /
    sample_rate)`, where `f[k] = fmin * 2 ** (k / bins_per_octave)` is the center of bin `k`.
    With the default `norm` and `scale`, `w[k]` is a window around 0 of
    `N[k] = filter_scale * Q * sample_rate / f[k]` samples that sum to 1. The quality factor is
    `Q = (r ** 2 + 1) / (r ** 2 - 1)` with `r = 2 ** (1 / bins_per_octave)`: 17.3 for semitones.
    The output is `y = |X|`, or `X` itself.

    Each octave is computed at its own sample rate: the waveform is low-passed and decimated by
    2 from one octave to the next, and its frames are multiplied with the octave's filters,
    whose lengths are whole samples at that rate. As in librosa, the weakest bins of each
    filter's spectrum are set to zero: 1 % of its total magnitude. Zeros extend a clip that is
    shorter than a filter. There is no FFT, and no complex tensor unless `output="complex"`.

    A mask over samples (from `LengthMask`) sets the samples past each clip's length to zero,
    and the output carries a mask over frames. On its valid frames a clip has the same values in
    a padded batch as alone. The arithmetic is float32 under every dtype policy except float64.

    Args:
        sample_rate: Number > 0, Hz.
        hop_length: Int > 0, samples between frames. Multiples of `2 ** (octaves - 1)` are
            cheapest; use one with `learn="kernels"` or `pad_mode="reflect"`.
        fmin: Number > 0, Hz, center of the lowest bin. The default is the note C1.
        n_bins: Int > 0. The highest filter must end below half of `sample_rate`.
        bins_per_octave: Int > 0.
        filter_scale: Number > 0, factor on the filters' length. Values below 1 increase the
            time resolution.
        norm: Number `p` > 0 (each window has p-norm 1), `"max"` (height 1) or `None`.
        window: Name or `(name, parameter)` of a window of `scipy.signal.get_window`.
        pad_mode: `"constant"` (zeros) or `"reflect"`, the padding at both ends of a clip.
        scale: Whether each bin is divided by the square root of its filter's length in samples.
        output: `"magnitude"`, `"complex"`, or `"real_imag"` for a last axis of 2.
        learn: `None`, or `"kernels"`: every sample of every filter becomes a weight.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point, values usually in [-1, 1].

    Output shape:
        `(batch, 1 + samples // hop_length, n_bins, channels)`, float32, in the unit of the
        input. Complex64 if `output="complex"`; a last axis of 2 (real and imaginary part) if
        `output="real_imag"`.

    Weights:
        `kernel_real_0`, `kernel_imag_0`, ...: `(samples, bins)` per octave, the highest octave
        first, at the octave's sample rate; exist if `learn="kernels"`.

    Raises:
        ValueError: If an argument is outside its domain, if a filter ends above half of
            `sample_rate`, or if the input is not floating point or lacks a channel axis or
            channels.

    Example:
        >>> kapre_like.CQT()(np.zeros((2, 16000, 1))).shape
        (2, 32, 84, 1)

    Source: C. Schoerkhuber, A. Klapuri, Constant-Q transform toolbox for music processing,
        2010; agrees with librosa 0.11 `cqt`, which rejects short clips.
    """

    def __init__(
        self,
        *,
        sample_rate=16000,
        hop_length=512,
        fmin=32.70319566,
        n_bins=84,
        bins_per_octave=12,
        filter_scale=1,
        norm=1,
        window="hann",
        pad_mode="constant",
        scale=True,
        output="magnitude",
        learn=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._take_arguments(
            sample_rate=sample_rate, hop_length=hop_length, fmin=fmin, n_bins=n_bins,
            bins_per_octave=bins_per_octave, filter_scale=filter_scale, norm=norm,
            window=window, pad_mode=pad_mode, scale=scale, output=output, learn=learn,
            gamma=0.0,
        )  # fmt: skip
