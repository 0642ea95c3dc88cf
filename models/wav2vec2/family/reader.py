"""Reader of Wav2Vec2 networks: folders of transformers, `.keras` files and exported files."""

import json
import zipfile
from pathlib import Path
from typing import Any

from kapre_like import _check, running
from kapre_like.models.checkpoints.folder import find_checkpoint, is_hub_name
from kapre_like.models.wav2vec2.family.exported import is_exported, open_exported
from kapre_like.saving import find_card_in_file

# Endings of files, which no network on the hub has in its name.
_FILES = (".keras", ".h5", ".onnx", ".tflite", ".safetensors", ".bin")
# Files of other kinds of models, which may also have a `config.json`.
_OTHERS = ("recipe.json", "saved_model.pb")


class Wav2Vec2Checkpoint:
    """Opens networks without a recipe."""

    kind = "the folder of a Wav2Vec2 checkpoint"
    takes_options = True

    def recognizes(self, path: Path) -> bool:
        """Returns whether a path is a folder with `config.json`, or a model without recipe.

        Also a name on the Hugging Face hub, `owner/network`, where no folder `owner` is here.
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
            ValueError: If it is damaged, or has no head that answers in words or numbers.
            ImportError: If Keras is missing; names the extra.
        """
        if not path.exists():
            # A name that is not on the hub is told before Keras is imported.
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
        return True  # damaged: opening it says how
    return isinstance(values, dict)
