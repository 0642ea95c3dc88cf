"""Further outputs of exported transcription networks: tokens, text and times."""

from typing import Any

import keras
from keras import ops

# Id of frames in which no token begins.
NOTHING = -1
# Added to the log probabilities of ignored tokens, which are then never the likeliest.
_NEVER = -1e30


class LabelIds(keras.layers.Layer):
    """Returns the id of the token that begins in each frame, and -1 in all other frames.

    The token of a frame is the likeliest one. It begins there unless it is the blank, or the
    token of the frame before.

    Args:
        blank: Int >= 0, id of the blank.
        ignored: Ids of tokens that are never returned.
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
        # Not `argmax`: how it treats negative zeros needs an operator that LiteRT and ONNX
        # lack.
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
    """Adds the output `label_ids` to a transcription network.

    The other output is then `log_probabilities`. Any other model is returned unchanged.
    """
    if card is None or card["task"] != "transcribe" or isinstance(model.output, dict):
        return model
    vocabulary = card["text"]["vocabulary"]
    which = {name: vocabulary[name] for name in ("blank", "ignored")}
    ids = LabelIds(**which, dtype="float32", name="label_ids")(model.output)
    outputs = {"label_ids": ids, "log_probabilities": model.output}
    return keras.Model(model.inputs, outputs, name=model.name)


def transcripts(tf: Any, ids: Any, card: dict[str, Any]) -> dict[str, Any]:
    """Returns further outputs of a SavedModel: `transcript (batch,)` and `frame_times`.

    Args:
        tf: TensorFlow.
        ids: Output of `LabelIds`.
        card: Contents of the model's card.

    Returns:
        `transcript`: UTF-8 strings. `frame_times`: float32 `(frames,)`, seconds from the
        start of the clip to the start of each frame.
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
