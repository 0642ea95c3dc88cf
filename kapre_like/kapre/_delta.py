"""Kapre's slopes over time. Arithmetic: `ops.delta`."""

import keras

from kapre_like import _check
from kapre_like.kapre._layer import KapreLayer
from kapre_like.kapre.backend import _CH_LAST_STR
from kapre_like.ops.delta import delta

_MODES = ("symmetric", "reflect", "constant")


@keras.saving.register_keras_serializable(package="Kapre")
class Delta(KapreLayer):
    """Slope over time around every frame, of every frequency and channel by itself.

    `y[t] = sum_k k * x[t + k] / (2 * sum_{k > 0} k ** 2)`, k from -n to n, `win_length` frames.
    A clip shorter than the window is mirrored as often as it takes, where Kapre fails; so
    does Kapre on more than one channel.

    Args:
        win_length: Odd int >= 3, frames.
        mode: What stands beside the clip, upper or lower case: `"symmetric"` (mirrored with
            its last frame twice), `"reflect"` (once) or `"constant"` (zeros).
        data_format: `"channels_last"`, `"channels_first"`, or `"default"` for Keras's setting
            when the layer is made.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)` or `(batch, channels, frames, freqs)`, real.

    Output shape:
        That of the input; float32, float64 under a float64 policy.

    Raises:
        TypeError: If a data format is no string.
        ValueError: If another argument is outside its domain or the input does not fit.

    Example:
        >>> x = np.arange(4.0).reshape(1, 4, 1, 1)
        >>> y = kapre_like.kapre.Delta(win_length=3)(x)
        >>> keras.ops.convert_to_numpy(y).ravel().tolist()
        [0.5, 1.0, 1.0, 0.5]
    """

    _order = _CH_LAST_STR
    _ranks = (4,)
    _arguments = ("win_length", "mode")

    def __init__(self, win_length=5, mode="symmetric", data_format="default", **kwargs):
        super().__init__(formats={"data_format": data_format}, **kwargs)
        _check.positive_int("Delta", win_length=win_length)
        if win_length < 3 or win_length % 2 == 0:
            fix = f"Use {max(3, win_length + 1)}."
            _check.fail("Delta", "win_length", "odd and at least 3", win_length, fix)
        if not (isinstance(mode, str) and mode.lower() in _MODES):
            _check.fail("Delta", "mode", f"one of {list(_MODES)}", mode)
        self.win_length, self.mode = win_length, mode
        self.n = (win_length - 1) // 2
        self.denom = 2 * sum(k**2 for k in range(1, self.n + 1))

    def _arithmetic(self, x):
        mode = self.mode.lower()
        return delta(x, win_length=self.win_length, order=1, mode=mode, mask=None)
