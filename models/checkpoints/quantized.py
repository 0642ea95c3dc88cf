"""Checkpoints with integer weights: a plain format is multiplied out, any other is refused."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

# Keys of a `config.json` that announce a quantised checkpoint.
QUANTISED = ("quantization_config", "compression_config")
_SCALE, _LAYOUT = ".SCB", ".weight_format"
_FIX = (
    "Load it with transformers, call `model.dequantize()` and `save_pretrained`, or take the "
    "checkpoint in floats."
)


def quantization_of(config: dict[str, Any]) -> dict[str, Any] | None:
    """Returns what a `config.json` says of quantised weights; `None` if nothing.

    Raises:
        ValueError: If it says so in another form than a table.
    """
    for key in QUANTISED:
        if config.get(key):
            if not isinstance(config[key], dict):
                raise ValueError(f"config.json: {key} is no table: {config[key]!r}. {_FIX}")
            return config[key]
    return None


def scales_of(
    quantization: dict[str, Any] | None, names: Collection[str], source: Path
) -> dict[str, str]:
    """Returns for each quantised tensor the name of its scales.

    The one format that is multiplied out is int8 of bitsandbytes: rows of int8 whose greatest
    value is 127, and of each row the greatest value that it had.

    Args:
        quantization: See `quantization_of`.
        names: All tensors of the checkpoint.
        source: Its folder, for messages.

    Raises:
        ValueError: If the format is another one; names it.
    """
    if quantization is None:
        return {}
    method = quantization.get("quant_method")
    if not quantization.get("load_in_8bit") or method not in (None, "bitsandbytes"):
        said = {k: v for k, v in quantization.items() if isinstance(v, str | int | float)}
        raise ValueError(
            f"{source}: its weights are quantised (quant_method={method!r}), a format that is "
            f"not read here. Received: quantization_config={said}. {_FIX}"
        )
    scales = [name for name in names if name.endswith(_SCALE)]
    return {f"{name.removesuffix(_SCALE)}.weight": name for name in scales}


def is_companion(name: str) -> bool:
    """Returns whether a tensor of a quantised checkpoint only describes another one."""
    return name.endswith((_SCALE, _LAYOUT))


def layout_of(name: str) -> str:
    """Returns the name of the tensor with the memory layout of a quantised one."""
    return name.removesuffix(".weight") + _LAYOUT


def multiplied_out(array: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Returns int8 `(rows, columns)` with the greatest value of each row as float32.

    Source: `int8_vectorwise_dequant` of bitsandbytes.
    """
    return array.astype("float32") * (scale.reshape(-1, 1).astype("float32") / 127)
