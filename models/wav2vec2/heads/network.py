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
    """Builds a Wav2Vec2 network with random weights for waveforms.

    The layers are `waveform -> zero mean, unit variance -> convolutions (320 samples per frame)
    -> projection -> positional convolution -> transformer -> head`. A clip under
    `config.receptive_field` samples (400, one frame) is padded with zeros to one frame.

    Args:
        config: A `Wav2Vec2Config`, a name in `presets.PRESETS`, or `None` for the base size.
        head: Head on top of the transformer. `None` has no head. `"classify"` and `"regress"`
            average over the valid frames. `"frames"` predicts classes per frame, `"xvector"` a
            speaker embedding, `"ctc"` tokens per frame. `"pretrain"` is for self-supervised
            pretraining, see `wav2vec2_for_pretraining`. With `config.use_weighted_layer_sum`
            all heads but `"ctc"` use a weighted sum of all layers.
        options: A `Wav2Vec2Options`, or `None` for the defaults.
        **named: Options by keyword, such as `labels` and `sample_rate`.

    Returns:
        A `keras.Model` with the inputs `waveform (batch, samples)` float32 and `length
        (batch,)` int32. The output depends on the head:

        - `None`: `(batch, frames, output_hidden_size)`, or a dict of `features`, `hidden_0`
          (the input of the first block) to `hidden_N`, and `last`.
        - `"classify"`: `(batch, labels)`.
        - `"regress"`: `(batch,)`, or `(batch, labels)` if the scores have names.
        - `"frames"`: `(batch, frames, labels)`.
        - `"xvector"`: `(batch, xvector_output_dim)`, cosines `(batch, labels)`.
        - `"ctc"`: `(batch, frames, vocab_size)`.

        Outputs of a head are float32.

    Raises:
        ValueError: If an argument is out of its domain.
        TypeError: If a keyword is not an option.
    """
    config, options = as_config(config), options_of("wav2vec2", options, named)
    plan, answers = encoder_plan(config, options), head_plan(config, head, options)
    if head == "pretrain":
        return wav2vec2_for_pretraining(config, options=options)
    if options.seed is not None:
        keras.utils.set_random_seed(options.seed)
    waveform = keras.Input((None,), dtype="float32", name="waveform")
    length = keras.Input((), dtype="int32", name="length")
    encoded = encode(waveform, length, config, plan)
    outputs = add_head(head, encoded, config, answers, masked=plan.masked)
    outputs = ModelCard(
        task=head,
        sample_rate=plan.sample_rate,
        class_names=answers.class_names,
        output=answers.output,
        checkpoint=facts_of(
            config, options, front_end_step=plan.front_end_step, kept_samples=plan.max_samples
        ),
        name="card",
    )(outputs)
    outputs = chosen(outputs, head, answers)
    return keras.Model([waveform, length], outputs, name=options.name)
