"""Merges LoRA adapters that PEFT saved into the weights of a checkpoint."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np

from kapre_like.models.checkpoints.safetensors import SafetensorsFile
from kapre_like.models.checkpoints.torch_file import TorchFile

CONFIG = "adapter_config.json"
_FILES = {"adapter_model.safetensors": SafetensorsFile, "adapter_model.bin": TorchFile}
_FACTOR = re.compile(r"(.+)\.lora_([AB])(?:\.default)?\.weight")
# Parts that PEFT inserts into the names of a network's tensors.
_WRAPPING = re.compile(r"\.(base_layer|modules_to_save(\.default)?|original_module)(?=\.)")
# Settings with which an adapter is not `weight + alpha / rank * B A`. They are not supported.
_UNSUPPORTED = (
    "use_dora", "fan_in_fan_out", "alpha_pattern", "layer_replication", "lora_bias",
    "use_qalora", "target_parameters", "trainable_token_indices", "alora_invocation_tokens",
)  # fmt: skip
_FIX = "Merge it with PEFT's `merge_and_unload()`, then `save_pretrained`."


class LoraAdapter:
    """An adapter as PEFT saves it: `weight + scale * B @ A`, and tensors that it replaces.

    Args:
        folder: A folder with `adapter_config.json`.
        names: Names of the checkpoint's tensors.

    Attributes:
        replaced: Names of the checkpoint's tensors that the adapter replaces, with the names
            of the adapter's tensors.

    Raises:
        ValueError: If it is not a plain LoRA adapter, or does not fit the checkpoint.

    Source: E. Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022,
        section 4.1; names as PEFT 0.17 writes them.
    """

    def __init__(self, folder: Path, names: set[str]) -> None:
        self.folder, self._config = folder, _settings(folder)
        self._file = _open(folder)
        self._factors: dict[str, dict[str, str]] = {}
        self.replaced: dict[str, str] = {}
        for stored in self._file.names():
            self._place(stored, names)
        halves = [name for name, pair in self._factors.items() if len(pair) != 2]
        if halves:
            raise ValueError(f"{folder}: its adapter has only one factor of {halves[0]}.")

    def __len__(self) -> int:
        return len(self._factors) + len(self.replaced)

    def changes(self, name: str) -> bool:
        """Returns whether the adapter changes or replaces a tensor of the checkpoint."""
        return name in self._factors or name in self.replaced

    def merged(self, name: str, array: np.ndarray | None) -> np.ndarray:
        """Returns a tensor of the checkpoint with the adapter merged into it.

        Args:
            name: Name of the tensor.
            array: The tensor of the checkpoint; `None` if the adapter replaces it.
        """
        if name in self.replaced:
            return self._file.read(self.replaced[name])
        if name not in self._factors:
            return array
        a, b = (self._file.read(self._factors[name][key]) for key in "AB")
        if a.ndim != 2 or b.ndim != 2 or (b.shape[0], a.shape[1]) != array.shape:
            raise ValueError(
                f"{self.folder}: its adapter for {name} has the shapes {b.shape}, {a.shape}, "
                f"whose product is not {array.shape}. {_FIX}"
            )
        return array + np.float32(self._scale(a.shape[0])) * (b @ a)

    def shape(self, name: str) -> tuple[int, ...]:
        """Returns the shape of a tensor in `replaced`."""
        return self._file.shape(self.replaced[name])

    def _scale(self, rank: int) -> float:
        alpha = float(self._config.get("lora_alpha", 8))
        return alpha / (rank**0.5 if self._config.get("use_rslora") else rank)

    def _place(self, stored: str, names: set[str]) -> None:
        """Finds the tensor of the checkpoint that a tensor of the adapter changes."""
        factor = _FACTOR.fullmatch(stored)
        plain = _WRAPPING.sub("", factor[1] + ".weight" if factor else stored)
        plain = plain.removeprefix("base_model.model.")
        own = [name for name in (plain, f"model.{plain}") if name in names]
        saved = tuple(self._config.get("modules_to_save") or ())
        if factor and own:
            self._factors.setdefault(own[0], {})[factor[2]] = stored
        elif not factor and (own or plain.split(".")[0] in saved):
            self.replaced[own[0] if own else plain] = stored
        else:
            raise ValueError(
                f"{self.folder}: its adapter has {stored}, which does not belong to a tensor "
                f"of the checkpoint. {_FIX}"
            )


def _settings(folder: Path) -> dict[str, Any]:
    """Returns the content of `adapter_config.json`, and checks that it is a plain LoRA."""
    try:
        values = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"{folder / CONFIG} is not JSON.") from error
    start = values.get("init_lora_weights", True)
    wrong = {name: values[name] for name in _UNSUPPORTED if values.get(name)}
    if values.get("peft_type") != "LORA":
        wrong = {"peft_type": values.get("peft_type")}
    elif start not in (True, False, "gaussian"):
        wrong["init_lora_weights"] = start
    if wrong:
        raise ValueError(
            f"{folder}: has a PEFT adapter that is not a plain LoRA. Received: {wrong}. {_FIX}"
        )
    return values


def _open(folder: Path) -> Any:
    for name, kind in _FILES.items():
        if (folder / name).is_file():
            return kind(folder / name)
    raise ValueError(
        f"{folder}: has {CONFIG} of a PEFT adapter without its weights, {' or '.join(_FILES)}. "
        f"Copy them there, or remove {CONFIG}."
    )
