"""Root mean square as a layer. Arithmetic: `ops.descriptors`."""

import keras

from kapre_like import _check
from kapre_like.layers._base.descriptor import FrameDescriptor
from kapre_like.ops.descriptors import decibel, mean_square
from kapre_like.ops.polar import root


@keras.saving.register_keras_serializable(package="kapre_like")
class RMS(FrameDescriptor):
    """Root mean square of each frame.

    `y[t] = 10 * log10(mean_n x[t * hop_length + n] ** 2)` over `0 <= n < frame_length`, in dB
    relative to full scale and not below -100 dB. With `decibel=False`,
    `y[t] = sqrt(mean_n x[t * hop_length + n] ** 2)`. With `center`, `x` is the clip with
    `frame_length // 2` zeros at both ends.

    The number of frames is that of `STFT` with `n_fft=frame_length`. Masked samples count as
    zeros, and the output carries a mask over frames. The output is float32 under every dtype
    policy except float64.

    Args:
        frame_length: Int > 0, samples.
        hop_length: Int > 0, samples between frames. `None` means `frame_length // 4`.
        center: Whether frame `t` is centered on sample `t * hop_length`, with zeros at both
            ends of the clip.
        decibel: Whether the output is in dB.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point, values usually in [-1, 1].

    Output shape:
        `(batch, frames, 1, channels)`, dB or the samples' unit, float32.

    Raises:
        ValueError: If an argument is outside its domain or does not fit the input.

    Example:
        >>> x = np.full((1, 16, 1), 0.1)
        >>> level = kapre_like.RMS(frame_length=8, center=False)(x)
        >>> round(float(level[0, 0, 0, 0]), 3)
        -20.0

    Source: librosa 0.11 `feature.rms`, linear.
    """

    def __init__(
        self, *, frame_length=2048, hop_length=None, center=True, decibel=True, **kwargs
    ):
        super().__init__(**kwargs)
        self._keep_frames(frame_length, hop_length, center)
        _check.boolean("RMS", decibel=decibel)
        self.decibel = decibel

    def _describe(self, frames):
        power = mean_square(frames)
        return decibel(power) if self.decibel else root(power)
