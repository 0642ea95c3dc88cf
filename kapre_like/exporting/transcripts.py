"""What files of networks for text return besides log probabilities: tokens, text and times."""

from typing import Any

import keras
from keras import ops

# Frames that say nothing new have this number in place of a token's.
NOTHING = -1
# A logarithm that no probability has.
_NEVER = -1e30


class LabelIds(keras.layers.Layer):
    """Returns the number of the token that begins in each frame, and -1 in all others.

    Each frame's likeliest token counts; a repeat of the frame before and the blank do not.

    Args:
        blank: Int >= 0, number of the blank.
        ignored: Numbers of tokens that are never taken.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, frames, tokens)`.

    Output shape:
        `(batch, frames)` int32.
    """

    def __init__(self, *, blank: int, ignored: tuple[int, ...] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.blank, self.ignored = blank, tuple(ignored)

    def call(self, x: Any) -> Any:
        never = [_NEVER if token in self.ignored else 0.0 for token in range(x.shape[-1])]
        # Not `argmax`, whose treatment of negative zeros is no operator of LiteRT and ONNX.
        _, best = ops.top_k(x + ops.convert_to_tensor(never, x.dtype), k=1)
        best = ops.cast(best[..., 0], "int32")
        before = ops.pad(best[:, :-1], [[0, 0], [1, 0]], constant_values=NOTHING)
        begins = ops.logical_and(best != before, best != self.blank)
        return ops.where(begins, best, NOTHING)

    def compute_output_spec(self, x: Any) -> Any:
        return keras.KerasTensor(x.shape[:-1], dtype="int32")

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "blank": self.blank, "ignored": self.ignored}


def with_label_ids(model: keras.Model, card: dict[str, Any] | None) -> keras.Model:
    """Returns a network for text with `log_probabilities` and `label_ids` as outputs.

    Any other model is returned as it is.
    """
    if card is None or card["task"] != "transcribe" or isinstance(model.output, dict):
        return model
    vocabulary = card["text"]["vocabulary"]
    which = {name: vocabulary[name] for name in ("blank", "ignored")}
    ids = LabelIds(**which, dtype="float32", name="label_ids")(model.output)
    outputs = {"label_ids": ids, "log_probabilities": model.output}
    return keras.Model(model.inputs, outputs, name=model.name)


def transcripts(tf: Any, ids: Any, card: dict[str, Any]) -> dict[str, Any]:
    """Returns what a SavedModel says besides: `transcript (batch,)` and `frame_times`.

    Args:
        tf: TensorFlow.
        ids: As `LabelIds` returns them.
        card: Facts of the model's card.

    Returns:
        `transcript`: UTF-8 strings. `frame_times`: float32 `(frames,)`, seconds from the
        beginning of the clip to that of a frame.
    """
    vocabulary, seconds = card["text"]["vocabulary"], card["text"]["frame_seconds"]
    tokens = tf.constant(vocabulary["tokens"])
    pieces = tf.where(ids == NOTHING, "", tf.gather(tokens, tf.maximum(ids, 0)))
    text = tf.strings.reduce_join(pieces, axis=1)
    if vocabulary["kind"] != "characters":
        text = tf.strings.regex_replace(text, "\u2581", " ")
    text = tf.strings.strip(tf.strings.regex_replace(text, " +", " "))
    times = tf.range(tf.shape(ids)[1], dtype=tf.float32) * seconds
    return {"transcript": text, "frame_times": times}
