"""Cosine transform of log bands as a layer. Constants: `filters.cepstral`."""

import keras
from keras import ops

from kapre_like.layers._base.axes import SpectrogramLayer
from kapre_like.layers._base.cepstral import cepstrum_matrix, check_cepstrum, to_cepstrum
from kapre_like.layers._base.inputs import check_floating, working_dtype
from kapre_like.layers._base.stream_stage import EACH_FRAME


@keras.saving.register_keras_serializable(package="kapre_like")
class Cepstrum(SpectrogramLayer):
    """Cepstral coefficients: cosine transform of the log bands of each frame.

    `y[t, j] = w[j] * c[j] * sum_m 2 * cos(pi * j * (m + 0.5) / bands) * x[t, m]`. With
    `norm="ortho"` the scale is `c[j] = 1 / sqrt(2 * bands)`, except
    `c[0] = 1 / sqrt(4 * bands)`. The lifter is `w[j] = 1 + lifter / 2 * sin(pi * n / lifter)`,
    where `n` is `j` in HTK and Kaldi, and `j + 1` in librosa.

    On a log-mel spectrogram the coefficients are MFCCs, which `MFCC` computes in one layer.
    After `KaldiFbank`, `lifter=22, lifter_type="htk"` gives Kaldi's MFCC. Other bands or
    logarithms give other cepstra.

    Frames and channels are independent. The output keeps the input's mask. The arithmetic is
    float32 under every dtype policy except float64. The output has the policy's compute dtype.

    Args:
        n_cepstra: Int in 1 .. bands, coefficients.
        norm: `"ortho"` (librosa, torchaudio): the transform is orthonormal. `"htk"`
            (TensorFlow, Kapre): the same, but coefficient 0 is `sqrt(2)` times larger. `None`
            (SciPy's default): `c[j] = 1`.
        lifter: Number >= 0. 0 means no lifter; 22 is usual for speech.
        lifter_type: `"htk"` (also Kaldi's: coefficient 0 has the weight 1) or `"librosa"`.
            `None` means `"htk"` if `norm="htk"`, else `"librosa"`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, bands, channels)`, floating point, logarithms or decibels.

    Output shape:
        `(batch, frames, n_cepstra, channels)`, in the unit of the input, such as dB.

    Raises:
        ValueError: If an argument is outside its domain or does not fit the input.

    Example:
        >>> log_mel = np.ones((1, 1, 4, 1))
        >>> cepstra = kapre_like.Cepstrum(n_cepstra=2)(log_mel)
        >>> keras.ops.convert_to_numpy(cepstra)[0, 0, :, 0].round(4).tolist()
        [2.0, 0.0]

    Source: `scipy.fft.dct`; `filters.cepstral.lifter_weights`. S. Davis,
        P. Mermelstein, Comparison of parametric representations for monosyllabic word
        recognition, 1980.
    """

    stream_stage = EACH_FRAME

    def __init__(self, *, n_cepstra=20, norm="ortho", lifter=0.0, lifter_type=None, **kwargs):
        super().__init__(**kwargs)
        check_cepstrum(
            "Cepstrum", norm={"norm": norm}, lifter=lifter, lifter_type=lifter_type,
            n_cepstra=n_cepstra,
        )  # fmt: skip
        self.n_cepstra, self.norm, self.lifter = n_cepstra, norm, lifter
        self.lifter_type = lifter_type

    _follows_policy = True

    def build(self, input_shape):
        super().build(input_shape)
        n_bands = input_shape[2]
        self.input_spec = keras.layers.InputSpec(ndim=4, axes={2: n_bands})
        self._matrix = cepstrum_matrix(
            n_bands, self.n_cepstra, self.norm, self.lifter, self.lifter_type
        )

    def call(self, inputs):
        check_floating("Cepstrum", inputs)
        return to_cepstrum(self, ops.cast(inputs, working_dtype(self)), self._matrix)

    def _output_shape(self, shape):
        batch, frames, _, channels = shape
        return (batch, frames, int(self.n_cepstra), channels)

    def _check_shape(self, shape):
        """The number of bands must be known, and be `n_cepstra` or more."""
        super()._check_shape(shape)
        if shape[2] is None or shape[2] < self.n_cepstra:
            raise ValueError(
                f"Cepstrum: expects at least n_cepstra={self.n_cepstra} bands. Received: "
                f"shape={tuple(shape)}."
            )
