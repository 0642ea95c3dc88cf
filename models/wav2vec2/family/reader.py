"""Reader of Wav2Vec2 networks: transformers checkpoints, `.keras` files and exported files."""

import json
import zipfile
from pathlib import Path
from typing import Any

from kapre_like import _check, running
from kapre_like.models.checkpoints.folder import find_checkpoint, is_hub_name
from kapre_like.models.wav2vec2.family.exported import is_exported, open_exported
from kapre_like.saving import find_card_in_file

# File endings that no name of a network on the hub has.
_FILES = (".keras", ".h5", ".onnx", ".tflite", ".safetensors", ".bin")
# Files of other kinds of models, which may also have a `config.json`.
_OTHERS = ("recipe.json", "saved_model.pb")


class Wav2Vec2Checkpoint:
    """Opens networks without a recipe."""

    kind = "the folder of a Wav2Vec2 checkpoint"
    takes_options = True

    def recognizes(self, path: Path) -> bool:
        """Returns whether a path is a folder with `config.json`, or a model without recipe.

        Also returns `True` for a name on the Hugging Face hub, `owner/network`, if there is no
        local folder `owner`.
        """
        if path.is_dir():
            return _is_checkpoint(path) or is_exported(path)
        if not path.exists():
            named = len(path.parts) == 2 and is_hub_name(path) and path.suffix not in _FILES
            return named and not path.parent.exists()
        if path.suffix != ".keras" or not zipfile.is_zipfile(path):
            return is_exported(path)
        card = find_card_in_file(path)
        return card is not None and card["checkpoint"] is not None and not card["recipe"]

    def open(self, path: Path, **options: Any) -> Any:
        """Opens the network; see `CheckpointModel`. Options are those of `from_huggingface`.

        Raises:
            ValueError: If the network is damaged, or has none of the heads in
                `answers.PRINTED`.
            ImportError: If Keras is missing. The message names the extra.
        """
        if not path.exists():
            # Raises for a name that is not on the hub before Keras is imported.
            find_checkpoint(path)
        if is_exported(path):
            if options:
                _check.fail("load_predictor", "options", "none for an exported file", options)
            return open_exported(path)
        running.package("keras", "tensorflow", f"{path}: a Wav2Vec2 checkpoint")
        from kapre_like.models.wav2vec2.family.opening import open_checkpoint

        return open_checkpoint(path, **options)


def _is_checkpoint(path: Path) -> bool:
    if any((path / name).is_file() for name in _OTHERS):
        return False
    try:
        values = json.loads((path / "config.json").read_text("utf-8"))
    except FileNotFoundError:
        return False
    except (OSError, ValueError):
        return True  # damaged; opening it raises an error with the reason
    return isinstance(values, dict)
