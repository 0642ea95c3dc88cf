"""The calibration and the confidence of boosted trees, as ONNX operators."""

import numpy as np

from kapre_like.models.artifact.calibration import Calibration
from kapre_like.models.boosted.onnx_graph import Graph, Value


def calibrated(g: Graph, shares: Value, calibration: Calibration | None) -> Value:
    """Returns calibrated probabilities `(clips, classes)`; returns scores unchanged.

    Args:
        g: The graph.
        shares: Raw probabilities or scores.
        calibration: Calibration of the recipe.
    """
    if calibration is None or calibration.method == "conformal":
        return shares
    x = shares.to("f")
    # Shares are never negative, so powers are defined and no logarithm is needed.
    share = x / x.over("Max", 1, keep=True)
    x = _to_one(g.op("Pow", share, g.constant(1.0 / calibration.temperature), kind="f"))
    if calibration.knots is not None:
        x = _mapped(x, np.array(calibration.knots))
    return x.to("s")


def confident(g: Graph, shares: Value, calibration: Calibration | None) -> Value | None:
    """Returns whether each clip reaches the threshold of its class; `None` without any."""
    limits = None if calibration is None else calibration.limits()
    if limits is None:
        return None
    best = g.op("ArgMax", shares, kind="i", axis=1, keepdims=0)
    return shares.over("Max", 1) >= g.constant(limits, "s").take(best)


def _mapped(x: Value, knots: np.ndarray) -> Value:
    ends, levels = knots.T
    total = None
    for start, width, rise in zip(ends[:-1], np.diff(ends), np.diff(levels), strict=True):
        part = ((x - start) / width).maximum(0.0).minimum(1.0) * rise
        total = part if total is None else total + part
    return _to_one(total)


def _to_one(x: Value) -> Value:
    return x / x.over("Sum", 1, keep=True)
