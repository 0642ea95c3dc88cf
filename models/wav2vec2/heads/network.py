"""The complete Wav2Vec2 network as a functional Keras model."""

from typing import Any

import keras

from kapre_like.models.artifact.card import ModelCard
from kapre_like.models.wav2vec2.backbone.encoder import encode
from kapre_like.models.wav2vec2.checkpoint.card import facts_of
from kapre_like.models.wav2vec2.config.encoder_plan import encoder_plan
from kapre_like.models.wav2vec2.config.head_plan import head_plan
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config
from kapre_like.models.wav2vec2.config.options import Wav2Vec2Options, options_of
from kapre_like.models.wav2vec2.config.presets import as_config
from kapre_like.models.wav2vec2.heads.answers import add_head, chosen
from kapre_like.models.wav2vec2.pretraining.network import wav2vec2_for_pretraining


def wav2vec2(
    config: Wav2Vec2Config | str | None = None,
    head: str | None = None,
    *,
    options: Wav2Vec2Options | None = None,
    **named: Any,
) -> keras.Model:
    """Builds a Wav2Vec2 network with random weights on raw audio.

    `waveform -> zero mean, unit variance -> convolutions (320 samples a frame) -> projection
    -> positional convolution -> transformer -> head`. A clip under `config.receptive_field`
    samples (400: it has no whole frame) is filled up with zeros to one frame.

    Args:
        config: See `Wav2Vec2Config`; a name in `presets.PRESETS`; `None` is the base size.
        head: What stands on the transformer. `None`: nothing. `"classify"` and `"regress"`:
            a mean over the valid frames. `"frames"`: classes per frame. `"xvector"`: a
            speaker embedding. `"ctc"`: tokens per frame. `"pretrain"`: learning without
            labels, see `wav2vec2_for_pretraining`. `config.use_weighted_layer_sum` lets all
            but CTC see every depth.
        options: See `Wav2Vec2Options`; `None`: all by default.
        **named: Single options by their names, such as `labels` and `sample_rate`.

    Returns:
        A `keras.Model`: inputs `waveform (batch, samples)` float32 and `length (batch,)`
        int32. Output with no head `(batch, frames, output_hidden_size)`, or a dict of
        `features`, `hidden_0` (what goes into the first block) to `hidden_N`, and `last`;
        `"classify"` `(batch, labels)`, `"regress"` `(batch,)`, or `(batch, labels)` with
        names; `"frames"` `(batch, frames, labels)`, `"xvector"` `(batch, xvector_output_dim)`,
        cosines `(batch, labels)`, `"ctc"` `(batch, frames, vocab_size)`; the numbers of a head
        are float32.

    Raises:
        ValueError: If an argument is out of its domain.
        TypeError: If there is no option of a name.
    """
    config, options = as_config(config), options_of("wav2vec2", options, named)
    plan, wanted = encoder_plan(config, options), head_plan(config, head, options)
    if head == "pretrain":
        return wav2vec2_for_pretraining(config, options=options)
    if options.seed is not None:
        keras.utils.set_random_seed(options.seed)
    waveform = keras.Input((None,), dtype="float32", name="waveform")
    length = keras.Input((), dtype="int32", name="length")
    encoded = encode(waveform, length, config, plan)
    outputs = add_head(head, encoded, config, wanted, masked=plan.masked)
    outputs = ModelCard(
        task=head,
        sample_rate=plan.sample_rate,
        class_names=wanted.class_names,
        output=wanted.output,
        checkpoint=facts_of(
            config, options, front_end_step=plan.front_end_step, kept_samples=plan.most
        ),
        name="card",
    )(outputs)
    outputs = chosen(outputs, head, wanted)
    return keras.Model([waveform, length], outputs, name=options.name)
