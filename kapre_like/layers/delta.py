"""Slopes over time as a layer. Arithmetic: `ops.cepstra`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.axes import SpectrogramLayer
from kapre_like.layers._base.inputs import check_floating, working_dtype
from kapre_like.layers._base.stream_stage import FRAME_WINDOW
from kapre_like.ops.cepstra import delta

MODES = ("constant", "edge", "interp", "reflect", "symmetric")


@keras.saving.register_keras_serializable(package="kapre_like")
class Delta(SpectrogramLayer):
    """First or higher derivative over time of every band and channel, per frame.

    The polynomial of degree `order` nearest in least squares to `win_length` frames around
    each frame is derived `order` times. For the first derivative that is
    `y[t] = sum_k k * x[t + k] / sum_k k ** 2`, k from -n to n with `n = win_length // 2`:
    a frame looks `n` frames back and `n` ahead. Two layers in a row, as some recipes have
    them for accelerations, look twice as far as one of `order=2` and smooth more.

    With a mask, each clip's own last frame is the edge: on its valid frames a clip has the
    same values in a padded batch as alone. The mask is handed on. The arithmetic is float32
    under every policy but float64; the result has the policy's compute dtype.

    Args:
        win_length: Odd int > `order`, at least 3, frames.
        order: Int > 0: 1 for slopes, 2 for accelerations.
        mode: What stands beside a clip, in NumPy's words (`np.pad`): `"edge"` (the end frame
            again and again; SciPy and librosa call it `"nearest"`, torchaudio
            `"replicate"`), `"reflect"` (`"mirror"`), `"symmetric"`, `"constant"` (zeros).
            Or `"interp"`, librosa's default: nothing does; the first and the last `n` frames
            take the derivative of the nearest whole window, and a clip shorter than a window
            that of all its frames.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)`, floating point; any number of frames.

    Output shape:
        Same as the input, in its unit per frame (to the power of `order`).

    Raises:
        ValueError: If an argument is outside its domain, or the input has another rank.

    Example:
        >>> line = 3.0 * np.arange(7).reshape(1, 7, 1, 1)
        >>> slope = kapre_like.Delta(win_length=3)(line)
        >>> keras.ops.convert_to_numpy(slope)[0, :, 0, 0].round(4).tolist()
        [1.5, 3.0, 3.0, 3.0, 3.0, 3.0, 1.5]

    Source: librosa 0.11 `feature.delta`, with `width` for `win_length` and, there, an error
        for `"interp"` on too few frames; Kapre 0.4.1 `Delta`, for one channel.
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
