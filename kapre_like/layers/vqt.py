"""Variable-Q transform as a layer. Arithmetic: `ops.constant_q`."""

import keras

from kapre_like.layers._constant_q import ConstantQ


@keras.saving.register_keras_serializable(package="kapre_like")
class VQT(ConstantQ):
    """Variable-Q transform of every channel: `CQT` with shorter filters at low bins.

    As `CQT`, but `N[k] = filter_scale * sample_rate / (f[k] / Q + gamma)`: every bandwidth is
    `gamma` Hz wider, which the low bins notice most.

    Each octave is computed at a rate of its own: the waveform is low-passed and halved from
    one to the next, and its frames are multiplied with the octave's filters. A filter that
    is longer than the clip sees zeros beside it. A mask over samples (from `LengthMask`) sets
    the samples past each clip's length to zero and goes on as a mask over frames: a clip has
    on its valid frames the values it has alone. The arithmetic is float32 under every policy
    but float64. No FFT and, but for `output="complex"`, no complex tensor.

    Args:
        sample_rate: Number > 0, Hz.
        hop_length: Int > 0, samples between frames. Any; cheapest where `2 ** (octaves - 1)`
            divides it, which learned kernels and `pad_mode="reflect"` should be given.
        fmin: Number > 0, Hz, center of the lowest bin: C1 by default.
        n_bins: Int > 0. The highest filter must end below half of `sample_rate`.
        bins_per_octave: Int > 0.
        filter_scale: Number > 0, factor on the filters' length: below 1, finer in time.
        norm: Number `p` > 0 (each window has p-norm 1), `"max"` (height 1) or `None`.
        window: Name or `(name, parameter)` that `scipy.signal.get_window` knows.
        pad_mode: `"constant"` (zeros) or `"reflect"`, what is beside a clip.
        scale: Whether each bin is divided by the root of its filter's length in samples.
        output: `"magnitude"`, `"complex"`, or `"real_imag"` for a last axis of 2.
        learn: `None`, or `"kernels"`: every sample of every filter becomes a weight.
        gamma: Number >= 0, Hz added to every bandwidth; 0 is `CQT`. `None` makes each
            bandwidth the same part of the ear's (ERB) at its frequency.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point, values usually in [-1, 1].

    Output shape:
        `(batch, 1 + samples // hop_length, n_bins, channels)`, float32; complex64 if
        `output="complex"`; with a last axis of 2 if `output="real_imag"`.

    Weights:
        `kernel_real_0`, `kernel_imag_0`, ...: `(samples, bins)` of each octave, the highest
            first, at its own rate; exist if `learn="kernels"`.

    Raises:
        ValueError: If an argument is outside its domain, a filter ends above half of
            `sample_rate`, the input has no channel axis or no channel, or it is not floating
            point.

    Example:
        >>> kapre_like.VQT()(np.zeros((2, 16000, 1))).shape
        (2, 32, 84, 1)

    Source: C. Schoerkhuber et al., A Matlab toolbox for efficient perfect reconstruction
        time-frequency transforms with log-frequency resolution, 2014; librosa 0.11 `vqt`.
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
        gamma=None,
        **kwargs,
    ):
        super().__init__(**kwargs)
        self._take_arguments(
            sample_rate=sample_rate, hop_length=hop_length, fmin=fmin, n_bins=n_bins,
            bins_per_octave=bins_per_octave, filter_scale=filter_scale, norm=norm,
            window=window, pad_mode=pad_mode, scale=scale, output=output, learn=learn,
            gamma=gamma,
        )  # fmt: skip
        self.gamma = gamma
