"""Pre-emphasis of a waveform as a layer. Arithmetic: `ops.iir`."""

import keras

from kapre_like.layers._base.emphasis import Emphasis
from kapre_like.layers._base.stream_stage import AROUND, StreamContext
from kapre_like.ops.iir import pre_emphasis


@keras.saving.register_keras_serializable(package="kapre_like")
class PreEmphasis(Emphasis):
    """High-pass filter: each sample minus a fraction of the sample before it.

    `y[n] = x[n] - coefficient * x[n - 1]`. `start` sets the first sample, which differs between
    libraries: `"zero"` gives `y[0] = x[0]` (torchaudio, SciPy), `"repeat"` gives
    `y[0] = (1 - coefficient) * x[0]` (Kaldi), and `"extrapolate"` gives
    `y[0] = 3 * x[0] - x[1]` (librosa). `DeEmphasis` with the same arguments is the inverse.

    Masked samples count as zero and become zero, and the output keeps the mask. The arithmetic
    is float32 under every dtype policy except float64.

    Args:
        coefficient: Number in 0 .. 1.
        start: `"zero"`, `"repeat"` or `"extrapolate"`. A clip of one sample is extrapolated
            as if `x[1] = coefficient * x[0]`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point.

    Output shape:
        Same as the input, float32.

    Raises:
        ValueError: If an argument is outside its domain, or if the input is not floating point
            or lacks a channel axis or channels.

    Example:
        >>> y = kapre_like.PreEmphasis(coefficient=0.5)(np.ones((1, 3, 1)))
        >>> keras.ops.convert_to_numpy(y)[0, :, 0].tolist()
        [1.0, 0.5, 0.5]

    Source: torchaudio 2.11 `functional.preemphasis`; librosa 0.11 `effects.preemphasis`.
    """

    stream_stage = AROUND

    def stream_context(self):
        """Returns the samples that each output depends on: its own and the one before."""
        # The start of the clip may depend on its first two samples.
        ahead = 2 if self.start == "extrapolate" else 1
        return StreamContext(unit=1, outputs=1, past=1, ahead=ahead)

    def _arithmetic(self, x, mask):
        return pre_emphasis(x, coefficient=float(self.coefficient), start=self.start, mask=mask)
