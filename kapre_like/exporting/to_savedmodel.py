"""TensorFlow SavedModels: the model's own graph, label or transcript as text, WAV bytes in."""

import inspect
import json
from pathlib import Path

import keras

from kapre_like.exporting.packages import specs, tensorflow
from kapre_like.exporting.program import Program
from kapre_like.exporting.transcripts import transcripts
from kapre_like.exporting.wav_bytes import takes_wav, wav_endpoint
from kapre_like.saving import SAVED_MODEL_CARD


def write_savedmodel(wanted: Program, path: Path) -> None:
    """Writes the folder `path`, with the facts of the model's card beside the graph."""
    tf = tensorflow()
    inputs = [name for name, _, _ in wanted.inputs]
    one_label = _has_probabilities(wanted)
    names = wanted.card["class_names"] if one_label else None

    def serve(*tensors, **named):
        outputs = wanted([*tensors, *(named[name] for name in inputs[len(tensors) :])])
        if names is not None:
            best = tf.argmax(outputs["probabilities"], axis=-1)
            outputs["label"] = tf.gather(tf.constant(names), best)
        if "label_ids" in wanted.outputs:
            outputs |= transcripts(tf, outputs["label_ids"], wanted.card)
        return outputs

    # The endpoint is called by these names, or by position.
    kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
    serve.__signature__ = inspect.Signature([inspect.Parameter(n, kind) for n in inputs])
    archive = keras.export.ExportArchive()
    archive.track(wanted.model)
    answer = archive.add_endpoint("serve", serve, specs(wanted))
    if takes_wav(wanted):
        files = tf.TensorSpec((None,), tf.string, "wav")
        archive.add_endpoint("serve_wav", wav_endpoint(wanted, answer), [files])
    archive.write_out(str(path), verbose=False)
    if wanted.card is not None:
        card = path / SAVED_MODEL_CARD
        card.parent.mkdir()
        card.write_text(json.dumps(wanted.card, ensure_ascii=False), "utf-8")


def _has_probabilities(wanted: Program) -> bool:
    """Whether the model is a classifier with a card, whatever else it gives."""
    named = wanted.card is not None and "probabilities" in wanted.outputs
    return named and wanted.card["task"] == "classify"
