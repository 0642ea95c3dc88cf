"""Draws what a layer takes and what it returns, one above the other."""

from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.figure import Figure

_COLORS = ("#0072b2", "#c65100")
# The largest value of a linear spectrogram is this many dB above what is drawn as silence.
_RANGE_DB = 80.0


def draw_run(path: Path, given: np.ndarray, result: np.ndarray, title: str) -> None:
    """Writes a picture of a layer's input and output.

    Args:
        path: The picture to write.
        given: The input, `(1, ...)`.
        result: The output, `(1, ...)`.
        title: Name of the layer.
    """
    matplotlib.rcParams["svg.hashsalt"] = "kapre-like"
    figure = Figure(figsize=(6.0, 4.6), dpi=130, layout="constrained")
    above, below = figure.subplots(2, 1)
    _draw(above, given[0], "input")
    _draw(below, result[0], title)
    figure.savefig(path)


def _draw(axes, x: np.ndarray, title: str) -> None:
    """Draws lines over time, or an image if there are several bins."""
    if x.ndim == 2 or x.shape[1] == 1:
        _draw_lines(axes, x.reshape(len(x), -1), title)
    else:
        _draw_image(axes, x[..., 0], title)


def _draw_lines(axes, x: np.ndarray, title: str) -> None:
    few = len(x) < 20
    for channel in range(x.shape[1]):
        axes.plot(
            x[:, channel], color=_COLORS[channel % 2], linewidth=0.7 + few,
            marker="o" if few else None,
        )  # fmt: skip
    axes.margins(x=0)
    axes.set_xlabel("frame" if len(x) < 1000 else "sample")
    axes.set_title(f"{title} {_shape(x)}", fontsize=10)


def _draw_image(axes, x: np.ndarray, title: str) -> None:
    values, unit = _visible(x)
    image = axes.imshow(values.T, origin="lower", aspect="auto", cmap="magma")
    axes.figure.colorbar(image, ax=axes, pad=0.01).set_label(unit, fontsize=8)
    axes.set_xlabel("frame")
    axes.set_ylabel("bin")
    axes.set_title(f"{title} {_shape(x)}", fontsize=10)


def _visible(x: np.ndarray) -> tuple[np.ndarray, str]:
    """Returns what is drawn of an image, and what its colors mean.

    Magnitudes and powers span too many powers of ten for a linear scale.
    """
    if np.iscomplexobj(x):
        return _levels(np.abs(x), 20.0), "magnitude, dB"
    if x.min() >= 0 and x.max() > 1e3 * max(np.median(x), 1e-30):
        return _levels(x, 10.0), "10 log10 of the value"
    return x, "value"


def _levels(x: np.ndarray, factor: float) -> np.ndarray:
    peak = max(float(x.max()), 1e-30)
    return factor * np.log10(np.maximum(x, peak * 10 ** (-_RANGE_DB / factor)))


def _shape(x: np.ndarray) -> str:
    return "x".join(str(n) for n in x.shape)
