"""The Wav2Vec2 network for self-supervised pretraining."""

from collections.abc import Collection
from typing import Any

import keras
from keras import ops

from kapre_like import _check
from kapre_like.models.artifact.card import ModelCard
from kapre_like.models.wav2vec2.backbone.encoder import Encoded, encode
from kapre_like.models.wav2vec2.backbone.span_masking import SpanSampling
from kapre_like.models.wav2vec2.checkpoint.card import facts_of
from kapre_like.models.wav2vec2.config.encoder_plan import encoder_plan
from kapre_like.models.wav2vec2.config.head_plan import head_plan
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config
from kapre_like.models.wav2vec2.config.options import Wav2Vec2Options, options_of
from kapre_like.models.wav2vec2.config.presets import as_config
from kapre_like.models.wav2vec2.pretraining.contrastive import ContrastiveTask
from kapre_like.models.wav2vec2.pretraining.gumbel_quantizer import GumbelQuantizer

GIVEN = ("mask", "negatives", "gumbel")
# Arguments besides those of `Wav2Vec2Options`.
OWN = (
    "given", "mask_probability", "mask_length", "temperature", "min_temperature", "decay",
    "feature_gradient",
)  # fmt: skip
_OWNER = "wav2vec2_for_pretraining"


@keras.saving.register_keras_serializable(package="kapre_like")
class PretrainingModel(keras.Model):
    """Model for training without labels: call `compile(optimizer)`, then `fit`.

    Its outputs contain the loss, so `fit` needs no targets. `fit` minimizes the loss per masked
    frame, so batches of long and of short clips have the same weight. It also shows `accuracy`,
    `contrastive_loss` and `diversity_loss` (per masked frame), and `perplexity`.

    Args:
        inputs: As in `keras.Model`.
        outputs: A dict, see `wav2vec2_for_pretraining`.
        name: Name of the model.
        **kwargs: As in `keras.Model`.
    """

    def __init__(
        self, inputs: Any, outputs: Any, name: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(inputs, outputs, name=name, **kwargs)
        names = ("accuracy", "contrastive_loss", "diversity_loss", "perplexity")
        self._figures = {figure: keras.metrics.Mean(name=figure) for figure in names}

    def predict(self, *args: Any, **kwargs: Any) -> Any:
        """Not supported, because outputs of different batches cannot be concatenated."""
        del args, kwargs
        raise ValueError(
            "PretrainingModel: `predict` is not supported, because loss and accuracy belong to "
            "a batch and cannot be concatenated. Use `evaluate` for the metrics of a dataset, "
            "or `predict_on_batch` for the outputs of one batch."
        )

    def compute_loss(
        self,
        x: Any = None,
        y: Any = None,
        y_pred: Any = None,
        sample_weight: Any = None,
        training: bool = True,
    ) -> Any:
        """Returns the loss per masked frame plus regularization losses."""
        del x, y, sample_weight, training
        frames = ops.maximum(y_pred["hidden_frames"], 1.0)
        return sum((ops.sum(loss) for loss in self.losses), y_pred["loss"] / frames)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any) -> dict:
        """Returns the metrics that `fit` shows, as means over the epoch."""
        del x, y, sample_weight
        frames = y_pred["hidden_frames"]
        for name in ("contrastive_loss", "diversity_loss"):
            self._figures[name].update_state(y_pred[name] / ops.maximum(frames, 1.0), frames)
        self._figures["accuracy"].update_state(y_pred["accuracy"], frames)
        self._figures["perplexity"].update_state(y_pred["codevector_perplexity"])
        return self.get_metrics_result()


def wav2vec2_for_pretraining(
    config: Wav2Vec2Config | str | None = None,
    *,
    given: Collection[str] = (),
    mask_probability: float = 0.65,
    mask_length: int = 10,
    temperature: float = 2.0,
    min_temperature: float = 0.5,
    decay: float = 0.999995,
    feature_gradient: float = 0.1,
    options: Wav2Vec2Options | None = None,
    **named: Any,
) -> PretrainingModel:
    """Builds a Wav2Vec2 network for pretraining with the contrastive task.

    Spans of frames are masked at the transformer's input, in training and in inference. For
    each masked frame the network identifies its code among 101 candidates. Train it with
    `model.compile(optimizer)` and `model.fit(dataset)`, where `dataset` yields 1-tuples
    `((waveform, length),)`.

    Args:
        config: A `Wav2Vec2Config`, a name in `presets.PRESETS`, or `None` for the base size. It
            contains the sizes of the codebooks, the number of negatives and the weight of the
            diversity loss.
        given: Names in `GIVEN` that become inputs after `length`, in that order, instead of
            being drawn at random: `mask` bool `(batch, frames)`, `negatives` integers `(batch,
            frames, n)` and `gumbel` floats `(batch, frames, groups * entries)`. See
            `ContrastiveTask` and `GumbelQuantizer`.
        mask_probability: Float in (0, 1], share of frames that are masked if no spans overlap.
        mask_length: Int > 0, frames per span.
        temperature: Float > 0, temperature of the Gumbel softmax in the first batch.
        min_temperature: Float > 0, at most `temperature`.
        decay: Float in (0, 1], factor of the temperature per batch.
        feature_gradient: Float >= 0, factor of the feature encoder's gradient. A small factor
            keeps the features, and so the targets, stable.
        options: See `Wav2Vec2Options`. Options of a head are not used.
        **named: Options by keyword, such as `seed` and `sample_rate`.

    Returns:
        A `PretrainingModel` with the inputs `waveform (batch, samples)` float32, `length
        (batch,)` int32, and those in `given`. The output is a dict of `projected_states` and
        `projected_quantized_states (batch, frames, proj_codevector_dim)`, `hidden (batch,
        frames)` bool (masked frames), and float32 `()`: `loss`, `contrastive_loss` and
        `diversity_loss`, summed over the masked frames as in `transformers`,
        `codevector_perplexity`, `accuracy` and `hidden_frames`.

    Raises:
        ValueError: If an argument is out of its domain.

    Source: Baevski et al. 2020; `feature_gradient` and the temperatures: `wav2vec2_base` of
        fairseq.
    """
    config, options = as_config(config), options_of(_OWNER, options, named, OWN)
    _check_arguments(config, given)
    plan = encoder_plan(config, options)
    head_plan(config, "pretrain", options)
    if options.seed is not None:
        keras.utils.set_random_seed(options.seed)
    inputs = _inputs(config, given)
    draw = SpanSampling(
        probability=mask_probability,
        length=mask_length,
        min_spans=config.mask_time_min_masks,
        name="span_sampling",
    )
    encoded = encode(
        inputs["waveform"],
        inputs["length"],
        config,
        plan,
        mask=inputs.get("mask", draw),
        feature_gradient=feature_gradient,
    )
    quantizer = GumbelQuantizer(
        groups=config.num_codevector_groups,
        entries=config.num_codevectors_per_group,
        dim=config.codevector_dim,
        temperature=temperature,
        min_temperature=min_temperature,
        decay=decay,
        name="quantizer",
    )
    outputs = _task(encoded, quantizer, config, inputs)
    outputs = ModelCard(
        task="pretrain",
        sample_rate=plan.sample_rate,
        output="all",
        checkpoint=facts_of(
            config, options, front_end_step=plan.front_end_step, kept_samples=plan.max_samples
        ),
        name="card",
    )(outputs)
    return PretrainingModel(list(inputs.values()), outputs, name=options.name)


def _check_arguments(config: Wav2Vec2Config, given: Collection[str]) -> None:
    if isinstance(given, str) or not isinstance(given, Collection) or set(given) - set(GIVEN):
        _check.fail(_OWNER, "given", f"names in {list(GIVEN)}", given)
    if config.add_adapter:
        # An adapter reduces the number of frames, so targets and predictions would not match.
        _check.fail(_OWNER, "config.add_adapter", "False", True)


def _inputs(config: Wav2Vec2Config, given: Collection[str]) -> dict[str, Any]:
    codes = config.num_codevector_groups * config.num_codevectors_per_group
    kinds = {
        "waveform": ((None,), "float32"),
        "length": ((), "int32"),
        "mask": ((None,), "bool"),
        "negatives": ((None, None), "int32"),
        "gumbel": ((None, codes), "float32"),
    }
    names = ("waveform", "length", *(name for name in GIVEN if name in given))
    return {
        name: keras.Input(kinds[name][0], dtype=kinds[name][1], name=name) for name in names
    }


def _task(
    encoded: Encoded, quantizer: GumbelQuantizer, config: Wav2Vec2Config, inputs: dict[str, Any]
) -> dict[str, Any]:
    """Returns predictions, targets and losses."""
    size = config.proj_codevector_dim
    predicted = keras.layers.Dense(size, name="project_hid")(encoded.last)
    dropout = keras.layers.Dropout(config.feat_quantizer_dropout, name="quantizer_dropout")
    noise = [inputs["gumbel"]] if "gumbel" in inputs else []
    quantized = quantizer([dropout(encoded.features), encoded.mask, *noise])
    targets = keras.layers.Dense(size, name="project_q")(quantized["codevectors"])
    task = ContrastiveTask(
        negatives=config.num_negatives,
        temperature=config.contrastive_logits_temperature,
        diversity=config.diversity_loss_weight,
        codes=config.num_codevector_groups * config.num_codevectors_per_group,
        name="contrastive_task",
    )
    parts = [predicted, targets, quantized["codes"], encoded.mask, quantized["perplexity"]]
    figures = task([*parts, *([inputs["negatives"]] if "negatives" in inputs else [])])
    return {
        "projected_states": predicted,
        "projected_quantized_states": targets,
        "hidden": encoded.mask,
        "codevector_perplexity": quantized["perplexity"],
        **figures,
    }
