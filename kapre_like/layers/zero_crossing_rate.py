"""Zero-crossing rate as a layer. Arithmetic: `ops.descriptors`."""

import keras

from kapre_like import _check
from kapre_like.layers._base.descriptor import FrameDescriptor
from kapre_like.ops.descriptors import zero_crossings


@keras.saving.register_keras_serializable(package="kapre_like")
class ZeroCrossingRate(FrameDescriptor):
    """Fraction of adjacent samples of each frame that differ in sign.

    `y[t] = mean_n [(x[n] < 0) != (x[n - 1] < 0)]` over the `frame_length - 1` pairs of adjacent
    samples in frame `t`. For a tone, `y` times half the sample rate is its frequency. The
    gradient is 0. With `center`, `x` is the clip with `frame_length // 2` zeros at both ends.

    The number of frames is that of `STFT` with `n_fft=frame_length`. Masked samples count as
    zeros, and the output carries a mask over frames. The output is float32 under every dtype
    policy except float64.

    Args:
        frame_length: Int > 1, samples.
        hop_length: Int > 0, samples between frames. `None` means `frame_length // 4`.
        center: Whether frame `t` is centered on sample `t * hop_length`, with zeros at both
            ends of the clip.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point, values usually in [-1, 1].

    Output shape:
        `(batch, frames, 1, channels)`, a fraction from 0 to 1 without unit, float32.

    Raises:
        ValueError: If an argument is outside its domain or does not fit the input.

    Example:
        >>> x = np.array([1.0, -1.0, 1.0, 1.0, 1.0])[None, :, None]
        >>> layer = kapre_like.ZeroCrossingRate(frame_length=5, center=False)
        >>> float(layer(x)[0, 0, 0, 0])
        0.5

    Source: librosa 0.11 `feature.zero_crossing_rate`, which divides by `frame_length` and pads
        the clip with its end samples; `features.descriptors`, `zero_crossings`.
    """

    def __init__(self, *, frame_length=2048, hop_length=None, center=True, **kwargs):
        super().__init__(**kwargs)
        self._keep_frames(frame_length, hop_length, center)
        if frame_length < 2:
            _check.fail("ZeroCrossingRate", "frame_length", "an int > 1", frame_length)

    def _describe(self, frames):
        return zero_crossings(frames)
