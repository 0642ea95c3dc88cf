"""Time derivatives as a layer. Arithmetic: `ops.delta`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.axes import SpectrogramLayer
from kapre_like.layers._base.inputs import check_floating, working_dtype
from kapre_like.layers._base.stream_stage import FRAME_WINDOW
from kapre_like.ops.delta import delta

MODES = ("constant", "edge", "interp", "reflect", "symmetric")


@keras.saving.register_keras_serializable(package="kapre_like")
class Delta(SpectrogramLayer):
    """First or higher time derivative of every band and channel.

    `y[t] = sum_k k * x[t + k] / sum_k k ** 2` for `order=1`, with `k` from -n to n and
    `n = win_length // 2`. In general, the layer fits a polynomial of degree `order` to the
    `win_length` frames around each frame by least squares, and takes its derivative of that
    order.

    A frame depends on `n` frames before it and `n` after it. Some recipes compute accelerations
    with two layers in a row. These depend on twice as many frames as one layer with `order=2`,
    and smooth more.

    With a mask, each clip ends at its own last valid frame, so a clip has the same values on
    its valid frames in a padded batch as alone. The output keeps the input's mask. The
    arithmetic is float32 under every dtype policy except float64. The output has the policy's
    compute dtype.

    Args:
        win_length: Odd int > `order`, at least 3, frames.
        order: Int > 0: 1 for slopes, 2 for accelerations.
        mode: Padding at both ends of a clip, by NumPy's names (`np.pad`): `"edge"` (repeats the
            end frame; `"nearest"` in SciPy and librosa, `"replicate"` in torchaudio),
            `"reflect"` (`"mirror"` in SciPy), `"symmetric"`, or `"constant"` (zeros). Or
            `"interp"`, librosa's default: no padding. The first and the last `n` frames use the
            polynomial of the nearest whole window, and a clip shorter than a window uses one
            polynomial for all its frames.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)`, floating point; any number of frames.

    Output shape:
        Same as the input, in the unit of the input per frame to the power of `order`.

    Raises:
        ValueError: If an argument is outside its domain, or the input has the wrong rank.

    Example:
        >>> line = 3.0 * np.arange(7).reshape(1, 7, 1, 1)
        >>> slope = kapre_like.Delta(win_length=3)(line)
        >>> keras.ops.convert_to_numpy(slope)[0, :, 0, 0].round(4).tolist()
        [1.5, 3.0, 3.0, 3.0, 3.0, 3.0, 1.5]

    Source: librosa 0.11 `feature.delta`, where `width` is `win_length`, and `"interp"` on too
        few frames is an error; Kapre 0.4.1 `Delta`, for one channel.
    """

    stream_stage = FRAME_WINDOW
    _follows_policy = True

    def __init__(self, *, win_length=5, order=1, mode="edge", **kwargs):
        super().__init__(**kwargs)
        _check.positive_int("Delta", win_length=win_length, order=order)
        if win_length < 3 or win_length % 2 == 0:
            _check.fail("Delta", "win_length", "odd and at least 3", win_length)
        if order >= win_length:
            _check.fail("Delta", "order", f"below win_length={win_length}", order)
        _check.one_of("Delta", MODES, mode=mode)
        self.win_length, self.order, self.mode = win_length, order, mode

    def call(self, inputs, mask=None):
        check_floating("Delta", inputs)
        slopes = delta(
            ops.cast(inputs, working_dtype(self)),
            win_length=int(self.win_length),
            order=int(self.order),
            mode=self.mode,
            mask=mask,
        )
        return ops.cast(slopes, self.compute_dtype)
