"""Kapre's channel of frequencies. Arithmetic: `ops.filterbank`."""

import keras

from kapre_like.kapre._layer import HALVES, KapreLayer
from kapre_like.kapre.backend import _CH_LAST_STR
from kapre_like.ops.filterbank import concatenate_frequency_map


@keras.saving.register_keras_serializable(package="Kapre")
class ConcatenateFrequencyMap(KapreLayer):
    """Appends one channel: 0 at the lowest frequency, 1 at the highest, evenly between.

    A convolution behind it can tell low from high. See `composed.get_frequency_aware_conv2d`.

    Args:
        data_format: `"channels_last"`, `"channels_first"`, or `"default"` for Keras's setting
            when the layer is made.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, freqs, channels)` or `(batch, channels, frames, freqs)`, real.

    Output shape:
        The same with one channel more; float32, float64 under a float64 policy. Under mixed
        precision, where Kapre fails, an input of half precision stays so.

    Raises:
        TypeError: If a data format is no string.
        ValueError: If it is an unknown one or the input does not fit.

    Example:
        >>> y = kapre_like.kapre.ConcatenateFrequencyMap()(np.ones((1, 1, 3, 1), "float32"))
        >>> keras.ops.convert_to_numpy(y)[0, 0].tolist()
        [[1.0, 0.0], [1.0, 0.5], [1.0, 1.0]]
    """

    _order = _CH_LAST_STR
    _ranks = (4,)

    def __init__(self, data_format="default", **kwargs):
        super().__init__(formats={"data_format": data_format}, **kwargs)

    def _working_dtype(self, x):
        dtype = keras.backend.standardize_dtype(x.dtype)
        half = dtype in HALVES and self.compute_dtype in HALVES
        return dtype if half else super()._working_dtype(x)

    def _arithmetic(self, x):
        return concatenate_frequency_map(x)

    def _arithmetic_shape(self, shape):
        return (*shape[:3], None if shape[3] is None else shape[3] + 1)
