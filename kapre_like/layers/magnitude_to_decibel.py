"""Magnitude to decibels as a layer. Arithmetic: `ops.compression`."""

import keras

from kapre_like.layers._base.decibel import ToDecibel


@keras.saving.register_keras_serializable(package="kapre_like")
class MagnitudeToDecibel(ToDecibel):
    """Converts magnitudes to decibels, with one reference and one range per clip.

    `y = 20 * log10(max(x, amin) / ref)`, then `y = max(y, peak - top_db)`, where `peak` is the
    maximum of `y` over the valid frames and all channels of the same clip. The output of a clip
    therefore depends neither on its batch nor on its padding. The arithmetic is float32 under
    every dtype policy except float64. The output has the policy's compute dtype. The output
    keeps the input's mask.

    Args:
        ref: Number > 0, the magnitude that maps to 0 dB, or `"max"`: the peak of each clip.
        amin: Number > 0. Smaller magnitudes are replaced by it: 1e-5 is -100 dB at `ref=1`.
        top_db: Number > 0, dynamic range in dB below the peak of the clip. `None` means no
            limit.
        learn: `None`, or `"affine"`: `y = slope * (max(level, floor_db) - reference_db)`, with
            all three learned for every band. The initial scale is the fixed one, except that
            the maximum is smooth: it differs by up to 0.007 dB near the floor.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, ...)`, linear magnitude >= 0. All axes but the first belong to one clip; a mask
        is over the second. With `learn`, the third is the band axis.

    Output shape:
        Same as the input, in dB.

    Weights:
        `slope`: `(bands,)`, dB per dB, constrained to >= 0; exists if `learn="affine"`.
        `reference_db`: `(bands,)`, the level that maps to 0 dB, initialized from `ref`;
            relative to the clip's peak if `ref="max"`; exists if `learn="affine"`.
        `floor_db`: `(bands,)`, the level of silence, initialized from `amin`; exists if
            `learn="affine"`.

    Raises:
        ValueError: If an argument is outside its domain, or if the weights are per band and the
            number of bands is unknown.

    Example:
        >>> db = kapre_like.MagnitudeToDecibel()(np.array([[1.0, 10.0]]))
        >>> keras.ops.convert_to_numpy(db).round(3).tolist()
        [[0.0, 20.0]]

    Source: librosa 0.11 `amplitude_to_db`; there the peak is that of the whole array.
    """

    _factor = 20.0

    def __init__(self, *, ref=1.0, amin=1e-5, top_db=80.0, learn=None, **kwargs):
        super().__init__(ref=ref, amin=amin, top_db=top_db, learn=learn, **kwargs)
