"""Logarithmic compression as a layer. Arithmetic: `ops.compression`."""

import keras
from keras import ops

from kapre_like import _check
from kapre_like.layers._base.front_end import FrontEnd
from kapre_like.layers._base.inputs import check_floating, working_dtype
from kapre_like.layers._base.stream_stage import EACH_FRAME
from kapre_like.ops.compression import log_compression


@keras.saving.register_keras_serializable(package="kapre_like")
class LogCompression(FrontEnd):
    """Takes the logarithm of energies.

    `y = log(max(scale * x + offset, floor)) / log(base)`. There is no reference and no peak, so
    every value is independent of the others. Settings of known models:

    - VGGish: `offset=0.01`; YAMNet: `offset=0.001` (both of a magnitude mel spectrogram);
    - Kaldi: `offset=0.0, floor=1.1920928955078125e-07`;
    - Whisper, before it clips the range: `offset=0.0, floor=1e-10, base=10.0`;
    - music processing: `scale=100.0`, that is `log(1 + 100 * x)`.

    The arithmetic is float32 under every dtype policy except float64. The output has the
    policy's compute dtype. The output keeps the input's mask.

    Args:
        scale: Number > 0, factor on the input.
        offset: Number >= 0, added to the scaled input.
        floor: Number > 0, smallest value passed to the logarithm, or `None`. `offset=0`
            requires a number, because the logarithm of silence is undefined.
        base: Number > 1, base of the logarithm, or `"e"`.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, ...)`, linear and >= 0.

    Output shape:
        Same as the input, a logarithm without unit.

    Raises:
        ValueError: If an argument is outside its domain, or the input is not floating point.

    Example:
        >>> y = kapre_like.LogCompression(offset=0.0, floor=1e-10, base=10.0)(np.eye(2))
        >>> keras.ops.convert_to_numpy(y).round(3).tolist()
        [[0.0, -10.0], [-10.0, 0.0]]

    Source: the published code of the models named above; M. Mueller, Fundamentals of Music
        Processing, 2015, section 3.1.2.1.
    """

    stream_stage = EACH_FRAME
    _follows_policy = True

    def __init__(self, *, scale=1.0, offset=1.0, floor=None, base="e", **kwargs):
        super().__init__(**kwargs)
        owner = "LogCompression"
        _check.positive(owner, scale=scale)
        _check.non_negative(owner, offset=offset)
        if floor is not None:
            _check.positive(owner, floor=floor)
        elif offset == 0:
            _check.fail(owner, "floor", "a number > 0 if offset=0", floor, "Use floor=1e-10.")
        if not (isinstance(base, str) and base == "e"):
            _check_base(owner, base)
        self.scale, self.offset, self.floor, self.base = scale, offset, floor, base
        self.input_spec = keras.layers.InputSpec(min_ndim=2)

    def call(self, inputs):
        check_floating("LogCompression", inputs)
        y = log_compression(
            ops.cast(inputs, working_dtype(self)), scale=self.scale, offset=self.offset,
            floor=self.floor, base=self.base,
        )  # fmt: skip
        return ops.cast(y, self.compute_dtype)


def _check_base(owner, base):
    rule = 'a number > 1 or "e"'
    try:
        _check.positive(owner, base=base)
    except ValueError:
        _check.fail(owner, "base", rule, base)
    if base <= 1:
        _check.fail(owner, "base", rule, base)
