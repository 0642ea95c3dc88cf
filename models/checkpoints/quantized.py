"""Checkpoints with integer weights. One int8 format is dequantized, others are rejected."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

# Keys of a `config.json` that describe a quantized checkpoint.
QUANTISED = ("quantization_config", "compression_config")
_SCALE, _LAYOUT = ".SCB", ".weight_format"
_FIX = (
    "Load it with transformers, call `model.dequantize()` and `save_pretrained`, or use the "
    "checkpoint in floats."
)


def quantization_of(config: dict[str, Any]) -> dict[str, Any] | None:
    """Returns the quantization settings in a `config.json`; `None` if there are none.

    Raises:
        ValueError: If they are not a JSON object.
    """
    for key in QUANTISED:
        if config.get(key):
            if not isinstance(config[key], dict):
                raise ValueError(
                    f"config.json: {key} must be an object. Received: {config[key]!r}. {_FIX}"
                )
            return config[key]
    return None


def scales_of(
    quantization: dict[str, Any] | None, names: Collection[str], source: Path
) -> dict[str, str]:
    """Returns the name of the scales of each quantized tensor.

    The supported format is int8 of bitsandbytes. Each row is scaled so that its maximum is 127,
    and the scales are the original maxima of the rows.

    Args:
        quantization: See `quantization_of`.
        names: Names of all tensors of the checkpoint.
        source: Its folder, for error messages.

    Raises:
        ValueError: If the format is not supported. The message names it.
    """
    if quantization is None:
        return {}
    method = quantization.get("quant_method")
    if not quantization.get("load_in_8bit") or method not in (None, "bitsandbytes"):
        given = {k: v for k, v in quantization.items() if isinstance(v, str | int | float)}
        raise ValueError(
            f"{source}: its weights are quantized (quant_method={method!r}) in a format that "
            f"is not supported. Received: quantization_config={given}. {_FIX}"
        )
    scales = [name for name in names if name.endswith(_SCALE)]
    return {f"{name.removesuffix(_SCALE)}.weight": name for name in scales}


def is_companion(name: str) -> bool:
    """Returns whether a tensor has the scales or the memory layout of a quantized tensor."""
    return name.endswith((_SCALE, _LAYOUT))


def layout_of(name: str) -> str:
    """Returns the name of the tensor that has the memory layout of a quantized tensor."""
    return name.removesuffix(".weight") + _LAYOUT


def dequantized(array: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Converts int8 `(rows, columns)` to float32; `scale` is the maximum of each row.

    Source: `int8_vectorwise_dequant` of bitsandbytes.
    """
    return array.astype("float32") * (scale.reshape(-1, 1).astype("float32") / 127)
