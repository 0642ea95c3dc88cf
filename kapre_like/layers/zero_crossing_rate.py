"""Zero-crossing rate as a layer. Arithmetic: `ops.descriptors`."""

import keras

from kapre_like import _check
from kapre_like.layers._base.descriptor import FrameDescriptor
from kapre_like.ops.descriptors import zero_crossings


@keras.saving.register_keras_serializable(package="kapre_like")
class ZeroCrossingRate(FrameDescriptor):
    """Share of neighbouring samples of each frame that differ in sign.

    `y[t] = mean_n [(x[n] < 0) != (x[n - 1] < 0)]` over the `frame_length - 1` pairs of the
    frame; times half the sample rate it is a tone's frequency. Its gradient is 0.

    A clip gives as many frames as in `STFT` with `n_fft=frame_length`; what a mask over
    samples leaves out counts as zeros, and the mask goes on over frames. The result is
    float32 under every policy but float64.

    Args:
        frame_length: Int > 1, samples.
        hop_length: Int > 0, samples between frames. `None` means `frame_length // 4`.
        center: Whether frame `t` has its middle at sample `t * hop_length`, with zeros beside
            the clip.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples, channels)`, floating point, values usually in [-1, 1].

    Output shape:
        `(batch, frames, 1, channels)`, 0 to 1, float32.

    Raises:
        ValueError: If an argument is outside its domain, or the input does not fit it.

    Example:
        >>> x = np.array([1.0, -1.0, 1.0, 1.0, 1.0])[None, :, None]
        >>> layer = kapre_like.ZeroCrossingRate(frame_length=5, center=False)
        >>> float(layer(x)[0, 0, 0, 0])
        0.5

    Source: librosa 0.11 `feature.zero_crossing_rate`, which divides by `frame_length` and
        repeats the end samples beside the clip; `features.descriptors`, `zero_crossings`.
    """

    def __init__(self, *, frame_length=2048, hop_length=None, center=True, **kwargs):
        super().__init__(**kwargs)
        self._keep_frames(frame_length, hop_length, center)
        if frame_length < 2:
            _check.fail("ZeroCrossingRate", "frame_length", "an int > 1", frame_length)

    def _describe(self, frames):
        return zero_crossings(frames)
