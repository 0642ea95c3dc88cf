"""Writes TensorFlow SavedModels, with labels and transcripts as text and a WAV signature."""

import inspect
import json
from pathlib import Path

import keras

from kapre_like.exporting.packages import specs, tensorflow
from kapre_like.exporting.program import Program
from kapre_like.exporting.transcripts import transcripts
from kapre_like.exporting.wav_bytes import takes_wav, wav_endpoint
from kapre_like.saving import SAVED_MODEL_CARD


def write_savedmodel(program: Program, path: Path) -> None:
    """Writes the folder `path` with the contents of the model's card in a JSON file."""
    tf = tensorflow()
    inputs = [name for name, _, _ in program.inputs]
    one_label = _has_probabilities(program)
    names = program.card["class_names"] if one_label else None

    def serve(*tensors, **named):
        outputs = program([*tensors, *(named[name] for name in inputs[len(tensors) :])])
        if names is not None:
            best = tf.argmax(outputs["probabilities"], axis=-1)
            outputs["label"] = tf.gather(tf.constant(names), best)
        if "label_ids" in program.outputs:
            outputs |= transcripts(tf, outputs["label_ids"], program.card)
        return outputs

    # Callers of the endpoint pass inputs by these names or by position.
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    serve.__signature__ = inspect.Signature([inspect.Parameter(n, kind) for n in inputs])
    archive = keras.export.ExportArchive()
    archive.track(program.model)
    answer = archive.add_endpoint("serve", serve, specs(program))
    if takes_wav(program):
        files = tf.TensorSpec((None,), tf.string, "wav")
        archive.add_endpoint("serve_wav", wav_endpoint(program, answer), [files])
    archive.write_out(str(path), verbose=False)
    if program.card is not None:
        card = path / SAVED_MODEL_CARD
        card.parent.mkdir()
        card.write_text(json.dumps(program.card, ensure_ascii=False), "utf-8")


def _has_probabilities(program: Program) -> bool:
    """Returns whether the model is a classifier with a card; it may have more outputs."""
    named = program.card is not None and "probabilities" in program.outputs
    return named and program.card["task"] == "classify"
