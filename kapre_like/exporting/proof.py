"""Compares an exported file, run by its runtime, with the model."""

import dataclasses
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import keras
import numpy as np

from kapre_like.exporting.program import Program, in_dtype
from kapre_like.ops.lowering import plain_operators

# Tolerances as shares of the largest value. A SavedModel is the same graph, compiled
# differently. The other formats compute Fourier transforms as matrix products. A product of
# int8 factors has an error of about a hundredth, and so has a network of 12 blocks in bfloat16.
# A file with an error of a tenth is useless.
_TOLERANCE = {
    "savedmodel": 1e-5, "litert": 1e-4, "onnx": 1e-4, "openvino": 1e-4, "bfloat16": 0.1,
    "int8": 0.1,
}  # fmt: skip
# Share of values that may be undefined, such as the phase of an empty bin.
_MAX_UNDEFINED = 0.02
# A correct file may differ by this many times the median of the model's own rounding error.
# For the files of 20 ordinary models (tests/ordinary_models.py) at the trials below, the ratio
# was at most 13.2 in LiteRT and ONNX for outputs of many numbers, 26.8 for an output of three
# numbers, and 4.4 in SavedModels. The limit is twice the largest, rounded up, because another
# machine sums in another order.
_MAX_ROUNDING_RATIO = 60.0
# An input `(batch, time, n)` with a larger `n` is taken for frames of features, not for a
# waveform: 16000 steps of a recurrent layer take a minute, and 40 take no time.
_MAX_CHANNELS = 8
# Batch size, samples of a waveform and frames of a spectrogram of each trial.
_TRIALS = ((1, 16000, 40), (3, 5000, 17))


def prove(program: Program, load: Callable[[Path], Callable], path: Path, kind: str) -> float:
    """Raises an error unless the file returns the model's numbers at every trial.

    Args:
        program: The exported program.
        load: Function that opens the file. It returns a function from arrays by name to
            arrays by name.
        path: The file.
        kind: Key of `_TOLERANCE`: the format, `"bfloat16"` or `"int8"`.

    Returns:
        The largest difference, as a share of the largest value.
    """
    worst = 0.0
    try:
        call = load(path)
    except Exception as error:  # a runtime may raise any exception
        _refuse(f"cannot be opened: {_first_line(error)}", error)
    for trial in _TRIALS:
        feed = _feed(program, *trial)
        where = {name: value.shape for name, value in feed.items()}
        expected = _arrays(program, feed)
        try:
            got = _comparable(call(**feed))
        except Exception as error:
            _refuse(f"does not run on {where}: {_first_line(error)}", error)
        for name, value in expected.items():
            if got[name].shape != value.shape:
                shapes = f"{got[name].shape} on {where}, the model {value.shape}"
                _refuse(f"returns {name} of shape {shapes}")
            if kind in ("bfloat16", "int8") and got[name].dtype == bool:
                continue  # at low precision a value near its threshold may flip
            limit = _limit(name, value, kind)
            far = _far(got[name], value, limit)
            error = float(np.max(np.abs(got[name].astype("float64") - value), initial=0.0))
            if far.any() and not (
                _model_differs_too(program, feed, name, value, far, limit)
                or error <= _rounding_limit(program, feed, name, value)
            ):
                _refuse(f"differs from the model by {error:.2g} in {name} on {where}")
            worst = max(worst, error * _TOLERANCE[kind] / limit if limit else 0.0)
    return worst


def _arrays(program: Program, feed: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Returns the outputs of the model as float64."""
    outputs = program(list(feed.values())).items()
    arrays = {k: keras.ops.convert_to_numpy(v).astype("float64") for k, v in outputs}
    return _comparable(arrays)


def _comparable(outputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Returns outputs that can be compared: only probabilities of a transcription network.

    The ids of tokens follow from them, and are undefined where two tokens are equally likely.
    """
    if "log_probabilities" not in outputs:
        return outputs
    return {"probabilities": np.exp(outputs["log_probabilities"])}


def _limit(name: str, expected: np.ndarray, kind: str) -> float:
    """Returns the largest difference that is tolerated without further checks."""
    scale = float(np.max(np.abs(expected), initial=0.0))
    if name in ("probabilities", "score"):
        scale = max(1.0, scale)  # small probabilities and scores need no relative accuracy
    return _TOLERANCE[kind] * scale


def _far(got: np.ndarray, expected: np.ndarray, limit: float) -> np.ndarray:
    # `~(<=)` and not `>`, because NaN must count as different.
    return ~(np.abs(got.astype("float64") - expected) <= limit)


def _model_differs_too(program, feed, name, expected, far, limit):
    """Returns whether the model with plain operators differs as often from itself.

    The phase of a bin that contains only rounding error is undefined, and -pi and pi are the
    same phase. A few such values do not make the file wrong.
    """
    with plain_operators():
        own = _far(_arrays(program, feed)[name], expected, limit)
    few = np.mean(far) <= _MAX_UNDEFINED
    return few and np.any(own) and np.mean(far) <= 2 * np.mean(own) + 1e-3


def _rounding_limit(program, feed, name, expected):
    """Returns `_MAX_ROUNDING_RATIO` times the model's rounding error in float32.

    A result that cancels to about 0 is only rounding error. Its size does not bound the error
    of another runtime, because that depends on the terms of the sum. So the model's error is
    measured against a copy in float64. The median ignores a few undefined values. The result
    is 0 if the copy cannot be computed.
    """
    try:
        wide = in_dtype(program.model, "float64", lambda layer: hasattr(layer, "dtype_policy"))
        own = _arrays(dataclasses.replace(program, model=wide), feed)[name] - expected
    except Exception:  # a custom layer that cannot be copied or computed in float64
        return 0.0
    own = np.abs(own[own != 0])
    return _MAX_ROUNDING_RATIO * float(np.median(own)) if own.size else 0.0


def _refuse(what: str, cause: Exception | None = None) -> NoReturn:
    raise ValueError(f"export: the exported file {what}. Nothing was written.") from cause


def _feed(program: Program, batch: int, samples: int, frames: int) -> dict[str, np.ndarray]:
    """Returns random inputs of one batch size and length, by name."""
    rng = np.random.default_rng(0)
    feed = {}
    for name, shape, dtype in program.inputs:
        time = samples if _is_waveform(shape) else frames
        sizes = (batch, time, *(8 for _ in shape[2:]))
        shape = tuple(size if n is None else n for n, size in zip(shape, sizes, strict=False))
        feed[name] = _numbers(rng, shape, dtype, samples)
    return feed


def _is_waveform(shape: tuple[int | None, ...]) -> bool:
    """Returns whether the axis after the batch counts samples, and not frames."""
    return len(shape) < 3 or (len(shape) == 3 and (shape[2] or 1) <= _MAX_CHANNELS)


def _numbers(rng: np.random.Generator, shape: tuple, dtype: str, samples: int) -> np.ndarray:
    if "int" in dtype:
        if len(shape) == 1:
            return np.linspace(samples, math.ceil(samples / 2), shape[0]).astype(dtype)
        return rng.integers(0, 4, shape).astype(dtype)
    # A magnitude spectrogram is not negative. Waveforms and complex pairs may be.
    lowest = 0.0 if len(shape) == 4 else -1.0
    return rng.uniform(lowest, 1.0, shape).astype(dtype)


def _first_line(error: Exception) -> Any:
    return next((line for line in str(error).splitlines() if line.strip()), type(error))
