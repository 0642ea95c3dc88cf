"""Power to decibels as a layer. Arithmetic: `ops.decibel`."""

import keras
from keras import ops

from kapre_like.layers._front_end import FrontEnd
from kapre_like.layers._inputs import check_decibel, check_floating, working_dtype
from kapre_like.ops.decibel import power_to_decibel


@keras.saving.register_keras_serializable(package="kapre_like")
class PowerToDecibel(FrontEnd):
    """Scales powers to decibels, with one reference and one dynamic range per clip.

    `y = 10 * log10(max(x, amin) / ref)`, then `y = max(y, peak - top_db)`, where `peak` is
    the loudest value of the same clip over its valid frames and all channels: a clip's output
    depends neither on its batch nor on its padding. The arithmetic is float32 under every
    policy but float64; the result has the policy's compute dtype. A mask is handed on.

    Args:
        ref: Number > 0, the power that maps to 0 dB, or `"max"`: the peak of each clip.
        amin: Number > 0. Smaller powers count as this: 1e-10 is -100 dB at `ref=1`.
        top_db: Number > 0, dB kept below the clip's peak, or `None` to keep everything.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, ...)`, linear power >= 0. Every axis but the first is one clip; a mask
        covers the second.

    Output shape:
        Same as the input, in dB.

    Raises:
        ValueError: If `ref`, `amin` or `top_db` is not a number > 0.

    Example:
        >>> db = kapre_like.PowerToDecibel()(np.array([[1.0, 10.0]]))
        >>> keras.ops.convert_to_numpy(db).round(3).tolist()
        [[0.0, 10.0]]

    Source: librosa 0.11 `power_to_db`; there the peak spans the whole array.
    """

    def __init__(self, *, ref=1.0, amin=1e-10, top_db=80.0, **kwargs):
        super().__init__(**kwargs)
        check_decibel("PowerToDecibel", ref=ref, amin=amin, top_db=top_db)
        self.ref, self.amin, self.top_db = ref, amin, top_db
        self.input_spec = keras.layers.InputSpec(min_ndim=2)

    def call(self, inputs, mask=None):
        check_floating("PowerToDecibel", inputs)
        db = power_to_decibel(
            ops.cast(inputs, working_dtype(self)),
            ref=self.ref,
            amin=self.amin,
            top_db=self.top_db,
            mask=mask,
        )
        return ops.cast(db, self.compute_dtype)

    def compute_output_shape(self, input_shape):
        return tuple(input_shape)

    def compute_output_spec(self, inputs, mask=None):  # noqa: ARG002
        check_floating("PowerToDecibel", inputs)
        return keras.KerasTensor(inputs.shape, dtype=self.compute_dtype)
