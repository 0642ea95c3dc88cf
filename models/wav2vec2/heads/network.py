"""The Wav2Vec2 network whole, as a functional Keras model."""

from collections.abc import Sequence
from typing import Any

import keras

from kapre_like.models.artifact.card import ModelCard
from kapre_like.models.wav2vec2.backbone.encoder import encode
from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts
from kapre_like.models.wav2vec2.config.encoder_options import encoder_options
from kapre_like.models.wav2vec2.config.head_options import head_options
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config
from kapre_like.models.wav2vec2.config.presets import as_config
from kapre_like.models.wav2vec2.heads.answers import add_head, chosen
from kapre_like.models.wav2vec2.pretraining.network import wav2vec2_for_pretraining


def wav2vec2(
    config: Wav2Vec2Config | str | None = None,
    head: str | None = None,
    *,
    labels: Sequence[str] | int | None = None,
    output: str | None = None,
    pooling: str = "mean",
    score_scale: float = 1.0,
    score_offset: float = 0.0,
    padding: str = "exact",
    attention_mask: bool | None = None,
    normalize: bool = True,
    feature_encoder: str | keras.layers.Layer | None = None,
    sample_rate: int | None = None,
    truncate_seconds: float | None = None,
    max_seconds: float | None = None,
    overlap_seconds: float | None = None,
    gradient_checkpointing: bool = False,
    card: dict[str, Any] | None = None,
    seed: int | None = None,
    name: str = "wav2vec2",
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
        labels: For `"classify"`, `"frames"` and `"xvector"`: the class names, or how many
            there are. For `"ctc"` the tokens, or `None`.
        output: `None` is the first named. No head: `"last"`, or `"all"`, every hidden state.
            `"xvector"`: `"logits"`, as transformers names what `objective` compares,
            `"embedding"`, `"cosines"` to each speaker (what `AMSoftmaxLoss` takes), or
            `"all"`. Otherwise `"logits"` or `"probabilities"`; `"regress"`: `"score"`.
        pooling: For `"classify"` and `"regress"`: `"mean"`, or `"attentive"`: mean and
            deviation with learned weights, see `AttentivePooling`.
        score_scale: Float > 0. A score is `dense * score_scale + score_offset`: give the
            labels' standard deviation and mean.
        score_offset: Float, see `score_scale`.
        padding: `"exact"`: a clip in a padded batch gives what it gives alone; CTC logits
            past its end say blank, see `BlankPadding`. `"huggingface"`: the numbers of
            `transformers`, where padding reaches a clip through the first normalisation.
        attention_mask: For `padding="huggingface"`: whether lengths count. `None` is what the
            original does: yes with `feat_extract_norm="layer"`, no with `"group"`.
        normalize: Whether clips are scaled to zero mean and unit variance.
        feature_encoder: What makes frames of the waveform. `None`: the convolutions.
            `"logmel"`: a log-mel spectrogram with frames at the same times, see
            `front_ends.logmel`; or another front end of this library, fixed or learned, from
            `(batch, samples, channels)` to `(batch, frames, freqs, channels)`, at any frame
            rate, though 50 per second is what masking and positions are made for.
        sample_rate: Int > 0, Hz, of `waveform`, which is resampled inside the model; `None`
            is that of the network, 16,000.
        truncate_seconds: Float > 0: what each clip is cut to, from its beginning.
        max_seconds: Float > 0: clips that are longer pass the transformer in overlapping
            windows of this length, see `windows`; `None`: whole, as in `transformers`. Its
            memory and time then grow with a clip's length, not with its square.
        overlap_seconds: Float >= 0, of neighbouring windows; `None` is `max_seconds / 5`.
        gradient_checkpointing: Whether blocks are computed again in the backward pass
            instead of kept: less memory, more time.
        card: Dict of further facts of `CheckpointFacts`, such as `tokenizer`.
        seed: Int or `None`, for the weights and the dropout.
        name: Name of the model.

    Returns:
        A `keras.Model`: inputs `waveform (batch, samples)` float32 and `length (batch,)`
        int32. Output with no head `(batch, frames, output_hidden_size)`, or a dict of
        `features`, `hidden_0` (what goes into the first block) to `hidden_N`, and `last`;
        `"classify"` `(batch, labels)`, `"regress"` `(batch,)`, `"frames"` `(batch, frames,
        labels)`, `"xvector"` `(batch, xvector_output_dim)`, cosines `(batch, labels)`,
        `"ctc"` `(batch, frames, vocab_size)`; a head's numbers are float32.

    Raises:
        ValueError: If an argument is out of its domain.
    """
    config = as_config(config)
    shared = {
        "padding": padding,
        "attention_mask": attention_mask,
        "normalize": normalize,
        "feature_encoder": feature_encoder,
        "sample_rate": sample_rate,
        "truncate_seconds": truncate_seconds,
        "max_seconds": max_seconds,
        "overlap_seconds": overlap_seconds,
        "gradient_checkpointing": gradient_checkpointing,
        "card": card,
    }
    encoder = encoder_options(config, **shared)
    options = head_options(
        config,
        head,
        labels=labels,
        output=output,
        pooling=pooling,
        score_scale=score_scale,
        score_offset=score_offset,
        exact=encoder.exact,
    )
    if head == "pretrain":
        return wav2vec2_for_pretraining(config, **shared, seed=seed, name=name)
    if seed is not None:
        keras.utils.set_random_seed(seed)
    waveform = keras.Input((None,), dtype="float32", name="waveform")
    length = keras.Input((), dtype="int32", name="length")
    encoded = encode(waveform, length, config, encoder)
    outputs = add_head(head, encoded, config, options, masked=encoder.masked)
    facts = {
        "config": config.to_json(),
        "padding": padding,
        "attention_mask": attention_mask,
        "normalize": normalize,
    }
    outputs = ModelCard(
        task=head,
        sample_rate=encoder.sample_rate,
        class_names=options.class_names,
        output=options.output,
        checkpoint=CheckpointFacts(**{**facts, **(card or {})}).to_json(),
        name="card",
    )(outputs)
    outputs = chosen(outputs, head, options)
    return keras.Model([waveform, length], outputs, name=name)
