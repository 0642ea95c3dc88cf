"""Opens a checkpoint for prediction, with the head that its `config.json` names."""

import logging
import warnings
from pathlib import Path
from typing import Any

from kapre_like import _check
from kapre_like.models.checkpoints.folder import find_checkpoint, read_config
from kapre_like.models.wav2vec2.checkpoint.loaded import Loaded
from kapre_like.models.wav2vec2.checkpoint.reading import from_huggingface
from kapre_like.models.wav2vec2.family.answering import CheckpointModel
from kapre_like.models.wav2vec2.family.answers import no_printable_head

# Heads by the end of the class name in a checkpoint.
_HEADS = {
    "ForCTC": "ctc",
    "ForAudioFrameClassification": "frames",
    "ForSequenceClassification": "classify",
    "ForSpeechClassification": "classify",
}
_OF_HEADS = ("lm_head", "classifier", "projector")
_log = logging.getLogger(__name__)


def open_checkpoint(path: Path, **options: Any) -> CheckpointModel:
    """Opens a `.keras` file of this package, or a checkpoint of transformers.

    Args:
        path: The file or folder, or a name on the hub.
        **options: Arguments of `from_huggingface`, such as `target_lang`.

    Raises:
        ValueError: If the checkpoint is damaged, or has none of the heads in `answers.PRINTED`.
    """
    if path.is_file():
        if options:
            _check.fail("load_predictor", "options", "none for a .keras file", options)
        from kapre_like.models.artifact.load import load_model

        return CheckpointModel(load_model(path, compile=False), str(path))
    values = read_config(find_checkpoint(path))
    listed = values.get("architectures") or ["none"]
    ends = [end for end in _HEADS if str(listed[0]).endswith(end)]
    if not ends:
        raise ValueError(no_printable_head(str(path), f"of {listed[0]}"))
    head = _HEADS[ends[0]]
    if head == "classify" and _is_score(values, path):
        head = "regress"
    model = from_huggingface(path, head, report=_check_head, **options)
    return CheckpointModel(model, str(path))


def _is_score(values: dict[str, Any], path: Path) -> bool:
    """Returns whether a head for clips predicts scores instead of classes."""
    problem = values.get("problem_type")
    table = values.get("id2label")
    count = len(table) if table else values.get("num_labels", 2)
    if problem is not None or count != 1:
        return problem == "regression"
    warnings.warn(
        f"{path}: config.json has one label and no problem_type. It is read as a score "
        "(problem_type='regression'), because the probability of one class is always 1.",
        stacklevel=3,
    )
    return True


def _check_head(loaded: Loaded) -> None:
    """Raises an error if weights of the head are random, else logs the report."""
    fresh = [name for name in loaded.fresh if name.startswith(_OF_HEADS)]
    if fresh:
        raise ValueError(
            f"{loaded.source}: its weights lack the head: {', '.join(fresh)}. Fine-tune it "
            "first, or use a checkpoint with a head."
        )
    _log.log(logging.WARNING if loaded.notes else logging.INFO, "%s", loaded)
