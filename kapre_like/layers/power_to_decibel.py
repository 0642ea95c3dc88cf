"""Power to decibels as a layer. Arithmetic: `ops.decibel`."""

import keras

from kapre_like.layers._decibel import ToDecibel


@keras.saving.register_keras_serializable(package="kapre_like")
class PowerToDecibel(ToDecibel):
    """Converts powers to decibels, with one reference and one range per clip.

    `y = 10 * log10(max(x, amin) / ref)`, then `y = max(y, peak - top_db)`, where `peak` is the
    maximum of `y` over the valid frames and all channels of the same clip. The output of a clip
    therefore depends neither on its batch nor on its padding. The arithmetic is float32 under
    every dtype policy except float64. The output has the policy's compute dtype. The output
    keeps the input's mask.

    Args:
        ref: Number > 0, the power that maps to 0 dB, or `"max"`: the peak of each clip.
        amin: Number > 0. Smaller powers count as this: 1e-10 is -100 dB at `ref=1`.
        top_db: Number > 0, dB kept below the clip's peak, or `None` to keep everything.
        learn: `None`, or `"affine"`: `y = slope * (level - reference_db)` with a level that
            is not below `floor_db`, all three learned for every band. It starts as the fixed
            scale, but for the floor's edge, which is rounded by up to 0.007 dB.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, ...)`, linear power >= 0. Every axis but the first is one clip; a mask
        covers the second. If something is learned, the third is the bands.

    Output shape:
        Same as the input, in dB.

    Weights:
        `slope`: `(bands,)`, dB per dB, kept >= 0; exists if `learn="affine"`.
        `reference_db`: `(bands,)`, the level that maps to 0, from `ref` or, if that is
            `"max"`, counted from the clip's peak; exists if `learn="affine"`.
        `floor_db`: `(bands,)`, the level of silence, from `amin`; exists if
            `learn="affine"`.

    Raises:
        ValueError: If an argument is outside its domain, or something is learned per band and
            the number of bands is not known.

    Example:
        >>> db = kapre_like.PowerToDecibel()(np.array([[1.0, 10.0]]))
        >>> keras.ops.convert_to_numpy(db).round(3).tolist()
        [[0.0, 10.0]]

    Source: librosa 0.11 `power_to_db`; there the peak spans the whole array.
    """

    _factor = 10.0

    def __init__(self, *, ref=1.0, amin=1e-10, top_db=80.0, learn=None, **kwargs):
        super().__init__(ref=ref, amin=amin, top_db=top_db, learn=learn, **kwargs)
