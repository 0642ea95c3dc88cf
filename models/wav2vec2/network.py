"""The Wav2Vec2 network whole, as a functional Keras model."""

from typing import Any

import keras

from kapre_like import _check
from kapre_like.models.wav2vec2.backbone import encode
from kapre_like.models.wav2vec2.config import Wav2Vec2Config

PADDINGS = ("exact", "huggingface")


def wav2vec2(
    config: Wav2Vec2Config | None = None,
    *,
    padding: str = "exact",
    attention_mask: bool | None = None,
    normalize: bool = True,
    output: str = "last",
    gradient_checkpointing: bool = False,
    seed: int | None = None,
    name: str = "wav2vec2",
) -> keras.Model:
    """Builds a Wav2Vec2 network with random weights on raw audio at 16 kHz.

    `waveform -> zero mean, unit variance -> convolutions (320 samples a frame) -> projection
    -> positional convolution -> transformer`.

    Args:
        config: See `Wav2Vec2Config`; `None` is the base size.
        padding: `"exact"`: a clip in a padded batch gives what it gives alone.
            `"huggingface"`: the numbers of `transformers`, where padding reaches a clip
            through the first normalisation.
        attention_mask: For `padding="huggingface"`: whether lengths count. `None` is what the
            original does: yes with `feat_extract_norm="layer"`, no with `"group"`.
        normalize: Whether clips are scaled to zero mean and unit variance.
        output: `"last"`, or `"all"`: a dict of every hidden state.
        gradient_checkpointing: Whether blocks are computed again in the backward pass
            instead of kept: less memory, more time.
        seed: Int or `None`, for the weights and the dropout.
        name: Name of the model.

    Returns:
        A `keras.Model`: inputs `waveform (batch, samples)` float32 and `length (batch,)`
        int32; output `(batch, frames, output_hidden_size)`, or a dict of `features`,
        `hidden_0` (what goes into the first block) to `hidden_N`, and `last`.

    Raises:
        ValueError: If an argument is out of its domain.
    """
    config = Wav2Vec2Config() if config is None else config
    _check.one_of("wav2vec2", PADDINGS, padding=padding)
    _check.one_of("wav2vec2", ("last", "all"), output=output)
    if seed is not None:
        keras.utils.set_random_seed(seed)
    waveform = keras.Input((None,), dtype="float32", name="waveform")
    length = keras.Input((), dtype="int32", name="length")
    encoded = encode(
        waveform,
        length,
        config,
        exact=padding == "exact",
        masked=is_masked(config, padding, attention_mask),
        normalize=normalize,
        gradient_checkpointing=gradient_checkpointing,
    )
    outputs: Any = encoded.last
    if output == "all":
        states = {f"hidden_{i}": state for i, state in enumerate(encoded.hidden)}
        outputs = {"features": encoded.features, **states, "last": encoded.last}
    return keras.Model([waveform, length], outputs, name=name)


def is_masked(config: Wav2Vec2Config, padding: str, attention_mask: bool | None) -> bool:
    """Whether lengths count, as `wav2vec2` says."""
    if padding == "exact":
        return True
    return config.feat_extract_norm == "layer" if attention_mask is None else attention_mask
