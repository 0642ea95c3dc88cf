"""Compares an exported file, in the program that it is for, with the model behind it."""

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import keras
import numpy as np

from kapre_like.exporting.program import Program, in_dtype
from kapre_like.ops.lowering import plain_operators

# Of the largest value. A SavedModel is the same graph, only compiled otherwise; the other
# formats compute their Fourier transforms as matrix products. With 8 bits per factor a product
# is off by a hundredth, and so is a network of 12 blocks in bfloat16; a file that is off by a
# tenth has lost what the model knew.
_TOLERANCE = {
    "savedmodel": 1e-5, "litert": 1e-4, "onnx": 1e-4, "openvino": 1e-4, "bfloat16": 0.1,
    "int8": 0.1,
}  # fmt: skip
# Values that may be undecided, such as angles of nothing.
_FEW = 0.02
# How many medians of the model's own rounding a right file may differ by. Over the files of 20
# ordinary models (tests/ordinary_models.py), at the trials below, it was at most 13.2 in LiteRT
# and ONNX where the output has many numbers, 26.8 where it has three, and 4.4 in SavedModels.
# Twice the largest, rounded up: another machine sums in another order.
_USUAL = 60.0
# A waveform of more channels is taken for frames of features: 16000 steps of a recurrent layer
# take a minute where 40 take no time.
_CHANNELS = 8
# Batch sizes, samples of a waveform and frames of a spectrogram at which the file is tried.
_TRIALS = ((1, 16000, 40), (3, 5000, 17))


def prove(wanted: Program, load: Callable[[Path], Callable], path: Path, kind: str) -> float:
    """Raises unless the file gives the model's numbers at every trial.

    Args:
        wanted: What was to be written.
        load: Opens the file; returns what maps arrays by name to arrays by name.
        path: The file.
        kind: Its format, `"bfloat16"` or `"int8"`; names the tolerance.

    Returns:
        The greatest difference, as a share of what the tolerance is a share of.
    """
    worst = 0.0
    try:
        call = load(path)
    except Exception as error:  # whatever a runtime raises, the file is not good
        _refuse(f"cannot be opened: {_first_line(error)}", error)
    for trial in _TRIALS:
        feed = _feed(wanted, *trial)
        where = {name: value.shape for name, value in feed.items()}
        expected = _arrays(wanted, feed)
        try:
            got = _comparable(call(**feed))
        except Exception as error:
            _refuse(f"does not run on {where}: {_first_line(error)}", error)
        for name, value in expected.items():
            if got[name].shape != value.shape:
                shapes = f"{got[name].shape} on {where}, the model {value.shape}"
                _refuse(f"returns {name} of shape {shapes}")
            if kind in ("bfloat16", "int8") and got[name].dtype == bool:
                continue  # a yes or no near its threshold is no measure of few bits
            limit = _limit(name, value, kind)
            far = _far(got[name], value, limit)
            error = float(np.max(np.abs(got[name].astype("float64") - value), initial=0.0))
            if far.any() and not (
                _as_the_model_itself(wanted, feed, name, value, far, limit)
                or error <= _rounding(wanted, feed, name, value)
            ):
                _refuse(f"differs from the model by {error:.2g} in {name} on {where}")
            worst = max(worst, error * _TOLERANCE[kind] / limit if limit else 0.0)
    return worst


def _arrays(wanted: Program, feed: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """What the model gives, as float64."""
    outputs = wanted(list(feed.values())).items()
    arrays = {k: keras.ops.convert_to_numpy(v).astype("float64") for k, v in outputs}
    return _comparable(arrays)


def _comparable(outputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Outputs of a network for text as probabilities; others as they are.

    The likeliest token follows from them, and where two are equal it may be either.
    """
    if "log_probabilities" not in outputs:
        return outputs
    return {"probabilities": np.exp(outputs["log_probabilities"])}


def _limit(name: str, expected: np.ndarray, kind: str) -> float:
    """The greatest difference that counts as none."""
    scale = float(np.max(np.abs(expected), initial=0.0))
    if name in ("probabilities", "score"):
        scale = max(1.0, scale)  # probabilities; scores carry the label's unit
    return _TOLERANCE[kind] * scale


def _far(got: np.ndarray, expected: np.ndarray, limit: float) -> np.ndarray:
    # Not `>`: NaN must be far too.
    return ~(np.abs(got.astype("float64") - expected) <= limit)


def _as_the_model_itself(wanted, feed, name, expected, far, limit):
    """Whether the model's own plain operators are as often as far from it.

    The angle of a bin that holds rounding and nothing else is any number, and between -pi
    and pi there is no difference: such values say nothing about the file, if they are few.
    """
    with plain_operators():
        own = _far(_arrays(wanted, feed)[name], expected, limit)
    few = np.mean(far) <= _FEW
    return few and np.any(own) and np.mean(far) <= 2 * np.mean(own) + 1e-3


def _rounding(wanted, feed, name, expected):
    """What the model's own float32 is off by, many times what is usual; 0 if unknown.

    A result that cancels to about 0 is rounding and nothing else: no part of itself says how
    far another program's rounding may be from it, but the sums that it was left of do. The
    model computed in float64 tells. Medians: a few undecided values say nothing here either.
    """
    try:
        wide = in_dtype(wanted.model, "float64", lambda layer: hasattr(layer, "dtype_policy"))
        own = _arrays(dataclasses.replace(wanted, model=wide), feed)[name] - expected
    except Exception:  # a layer of the user's that cannot be copied, or not compute so
        return 0.0
    own = np.abs(own[own != 0])
    return _USUAL * float(np.median(own)) if own.size else 0.0


def _refuse(what: str, cause: Exception | None = None) -> NoReturn:
    raise ValueError(f"export: the exported file {what}. Nothing was written.") from cause


def _feed(wanted: Program, batch: int, samples: int, frames: int) -> dict[str, np.ndarray]:
    """Random inputs of one batch size and length, by name."""
    rng = np.random.default_rng(0)
    feed = {}
    for name, shape, dtype in wanted.inputs:
        time = samples if _is_waveform(shape) else frames
        sizes = (batch, time, *(8 for _ in shape[2:]))
        shape = tuple(size if n is None else n for n, size in zip(shape, sizes, strict=False))
        feed[name] = _numbers(rng, shape, dtype, samples)
    return feed


def _is_waveform(shape: tuple[int | None, ...]) -> bool:
    """Whether the first free axis behind the batch counts samples, and not frames."""
    return len(shape) < 3 or (len(shape) == 3 and (shape[2] or 1) <= _CHANNELS)


def _numbers(rng: np.random.Generator, shape: tuple, dtype: str, samples: int) -> np.ndarray:
    if "int" in dtype:
        if len(shape) == 1:
            return np.linspace(samples, math.ceil(samples / 2), shape[0]).astype(dtype)
        return rng.integers(0, 4, shape).astype(dtype)
    # A spectrogram is not negative; a waveform, a pair of real and imaginary part is.
    lowest = 0.0 if len(shape) == 4 else -1.0
    return rng.uniform(lowest, 1.0, shape).astype(dtype)


def _first_line(error: Exception) -> Any:
    return next((line for line in str(error).splitlines() if line.strip()), type(error))
