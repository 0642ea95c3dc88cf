"""Decibel scale of `PowerToDecibel`, `MagnitudeToDecibel` and the composed layers."""

import math

import keras
import numpy as np
from keras import ops

from kapre_like import _check
from kapre_like.description import Description
from kapre_like.layers._base.front_end import FrontEnd
from kapre_like.layers._base.inputs import check_decibel, check_floating, working_dtype
from kapre_like.layers._base.kept import kept, kept_numbers
from kapre_like.layers._base.per_band import add_per_band, known_bands
from kapre_like.layers._base.stream_stage import EACH_FRAME
from kapre_like.ops.compression import SILENCE, affine_decibel, decibel


class DecibelScale:
    """Checks the arguments of one decibel scale, fixed or learned, and computes it.

    It is not a layer. It adds its weights to the layer that owns it.

    Args:
        owner: Class name for error messages.
        factor: Number > 0: 10 for power, 20 for amplitude.
        ref: Number > 0, or `"max"`.
        amin: Number > 0.
        top_db: Number > 0, or `None`.
        argument: Name of the owner's argument for `learn`.
        learn: `None` or `"affine"`.
    """

    def __init__(self, owner, *, factor, ref, amin, top_db, argument, learn):
        check_decibel(owner, ref=ref, amin=amin, top_db=top_db)
        _check.one_of(owner, (None, "affine"), **{argument: learn})
        self._owner, self._factor, self.learn = owner, factor, learn
        self._ref, self._amin, self._top_db = ref, amin, top_db
        self._bands = None

    def build(self, layer, shape):
        """Adds trainable weights, one per band. Axis 2 of `shape` is the bands."""
        if self.learn is None:
            return
        self._bands = known_bands(self._owner, shape)
        silence = self._factor * math.log10(SILENCE)
        lows = {"slope": 0.0, "reference_db": None, "floor_db": silence}
        for name, start in self._initial().items():
            weight = add_per_band(layer, name, start=start, low=lows[name], high=None)
            setattr(layer, name, weight)

    def apply(self, layer, x, mask):
        """Returns `(batch, time, ...)` in decibels and in the working dtype."""
        if self.learn is None:
            return decibel(
                x, factor=self._factor, ref=self._ref, amin=self._amin, top_db=self._top_db,
                mask=mask,
            )  # fmt: skip
        after = [1] * (len(x.shape) - 3)
        weights = {
            name: ops.reshape(kept(getattr(layer, name), x.dtype), (-1, *after))
            for name in ("slope", "reference_db", "floor_db")
        }
        return affine_decibel(
            x, factor=self._factor, amin=self._amin, **weights, relative=self._ref == "max",
            top_db=self._top_db, mask=mask,
        )  # fmt: skip

    def describe(self, layer):
        """Returns slope, reference and floor per band, or one row if nothing is learned."""
        if self.learn is None:
            self._bands = 1
        if self._bands is None:
            raise ValueError(
                f"{self._owner}: describe() needs to know the number of bands. "
                "Call the layer once."
            )
        initial = now = self._initial()
        if self.learn is not None:
            now = {name: kept_numbers(getattr(layer, name)) for name in initial}
        return Description(now, initial, self._owner)

    def _initial(self):
        reference = 0.0 if self._ref == "max" else self._factor * math.log10(self._ref)
        floor = self._factor * math.log10(self._amin)
        values = {"slope": 1.0, "reference_db": reference, "floor_db": floor}
        return {name: np.full(self._bands, value) for name, value in values.items()}


def peak_obstacle(layer):
    """Returns why a layer in decibels cannot stream, see `FrontEnd.stream_obstacle`."""
    if layer.top_db is None and layer.ref != "max":
        return None
    return (
        f"must not depend on the clip's peak. Received: ref={layer.ref!r}, "
        f"top_db={layer.top_db!r}. Use a number as ref and top_db=None."
    )


class ToDecibel(FrontEnd):
    """Base class of the two public decibel layers; a subclass sets `_factor`."""

    stream_stage = EACH_FRAME
    _follows_policy = True

    def __init__(self, *, ref, amin, top_db, learn, **kwargs):
        super().__init__(**kwargs)
        self._scale = DecibelScale(
            type(self).__name__, factor=self._factor, ref=ref, amin=amin, top_db=top_db,
            argument="learn", learn=learn,
        )  # fmt: skip
        self.ref, self.amin, self.top_db, self.learn = ref, amin, top_db, learn
        self.input_spec = keras.layers.InputSpec(min_ndim=2)

    def stream_obstacle(self):
        return peak_obstacle(self)

    def build(self, input_shape):
        self._scale.build(self, input_shape)

    def call(self, inputs, mask=None):
        check_floating(type(self).__name__, inputs)
        db = self._scale.apply(self, ops.cast(inputs, working_dtype(self)), mask)
        return ops.cast(db, self.compute_dtype)

    def describe(self):
        """Returns slope, reference (dB) and floor (dB) per band, now and at the start.

        Returns:
            `kapre_like.description.Description`; one row if nothing is learned.
        """
        return self._scale.describe(self)
