"""De-emphasis of a waveform as a layer. Arithmetic: `ops.iir`."""

import keras

from kapre_like import _check
from kapre_like.filters.iir import block_filter
from kapre_like.layers._base.emphasis import Emphasis
from kapre_like.ops.iir import de_emphasis


@keras.saving.register_keras_serializable(package="kapre_like")
class DeEmphasis(Emphasis):
    """Inverse of `PreEmphasis`: a first-order recursive filter.

    `y[n] = x[n] + coefficient * y[n - 1]`, computed in blocks as matrix products, for any
    length. `start` sets the first sample, as in `PreEmphasis`.

    Masked samples become zero, and the output keeps the mask. The arithmetic is float32 under
    every dtype policy except float64.

    Args:
        coefficient: Number in 0 .. 1; below 1 for `start="repeat"`.
        start: `"zero"` (`y[0] = x[0]`: torchaudio, SciPy), `"repeat"`
            (`y[0] = x[0] / (1 - coefficient)`: Kaldi) or `"extrapolate"`
            (`y[0] = (x[0] + x[1]) / (3 - coefficient)`: librosa).
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point.

    Output shape:
        Same as the input, float32.

    Raises:
        ValueError: If an argument is outside its domain, or if the input is not floating point
            or lacks a channel axis or channels.

    Example:
        >>> y = kapre_like.DeEmphasis(coefficient=0.5)(np.array([[[1.0], [0.5], [0.5]]]))
        >>> keras.ops.convert_to_numpy(y)[0, :, 0].tolist()
        [1.0, 1.0, 1.0]

    Source: torchaudio 2.11 `functional.deemphasis`; librosa 0.11 `effects.deemphasis`.
    """

    def __init__(self, *, coefficient=0.97, start="zero", **kwargs):
        super().__init__(coefficient=coefficient, start=start, **kwargs)
        if start == "repeat" and coefficient == 1:
            fix = "PreEmphasis loses the first sample there; use start='zero'."
            _check.fail("DeEmphasis", "coefficient", "below 1 for start='repeat'", 1, fix)
        self._filter = block_filter([([1.0], [1.0, -float(coefficient)])])

    def _arithmetic(self, x, mask):  # noqa: ARG002
        return de_emphasis(
            x, coefficient=float(self.coefficient), start=self.start, block_filter=self._filter
        )
