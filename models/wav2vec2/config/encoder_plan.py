"""Checks and resolves the options of the encoder."""

from dataclasses import dataclass
from typing import Any

from kapre_like import _check
from kapre_like.models.wav2vec2.backbone.frame_times import FrameClock
from kapre_like.models.wav2vec2.backbone.front_ends import as_front_end
from kapre_like.models.wav2vec2.config.network import RATE, Wav2Vec2Config
from kapre_like.models.wav2vec2.config.options import Wav2Vec2Options

PADDINGS = ("exact", "huggingface")
_OWNER = "wav2vec2"


@dataclass(frozen=True)
class EncoderPlan:
    """The resolved options that do not depend on a head.

    Attributes:
        exact: Whether a clip gives the same output alone and in a padded batch.
        masked: Whether padding is masked by the clips' lengths. `True` if `exact`.
        normalize: Whether clips are scaled to zero mean and unit variance.
        sample_rate: Sample rate of the waveform in Hz.
        network_rate: Sample rate of the feature encoder in Hz.
        padding_value: Value of samples past a clip's end, if `masked`.
        max_samples: Maximum samples of a clip at `network_rate`, or `None`.
        front_end: Layer that replaces the convolutions, or `None`.
        front_end_step: Samples at `network_rate` between two frames of `front_end`, or `None`.
        windows: `size` and `overlap` in frames, or empty.
        gradient_checkpointing: Whether the backward pass recomputes the blocks instead of
            storing their activations.
    """

    exact: bool
    masked: bool
    normalize: bool
    sample_rate: int
    network_rate: int
    padding_value: float
    max_samples: int | None
    front_end: Any
    front_end_step: float | None
    windows: dict[str, int]
    gradient_checkpointing: bool

    @property
    def prepares(self) -> bool:
        """Whether waveforms are resampled or truncated."""
        return self.sample_rate != self.network_rate or self.max_samples is not None


def encoder_plan(config: Wav2Vec2Config, options: Wav2Vec2Options) -> EncoderPlan:
    """Checks and resolves the options of the encoder.

    Raises:
        ValueError: If an option is out of its domain.
    """
    padding, card = options.padding, options.card
    normalize = True if options.normalize is None else options.normalize
    checkpointing = options.gradient_checkpointing
    _check.one_of(_OWNER, PADDINGS, padding=padding)
    _check.boolean(_OWNER, normalize=normalize, gradient_checkpointing=checkpointing)
    if options.attention_mask is not None:
        _check.boolean(_OWNER, attention_mask=options.attention_mask)
    if card is not None and not isinstance(card, dict):
        _check.fail(_OWNER, "card", "a dict, or None", card)
    rate = (card or {}).get("sampling_rate", RATE)
    _check.positive_int(_OWNER, sampling_rate=rate)
    padding_value = (card or {}).get("padding_value", 0.0)
    _check.number(_OWNER, padding_value=padding_value)
    sample_rate = rate if options.sample_rate is None else options.sample_rate
    _check.positive_int(_OWNER, sample_rate=sample_rate)
    front_end = as_front_end(options.feature_encoder, rate)
    clock = FrameClock.of(config, front_end, rate=rate)
    default = config.feat_extract_norm == "layer"
    masked = default if options.attention_mask is None else options.attention_mask
    return EncoderPlan(
        exact=padding == "exact",
        masked=padding == "exact" or masked,
        normalize=normalize,
        sample_rate=int(sample_rate),
        network_rate=int(rate),
        padding_value=0.0 if padding == "exact" else float(padding_value),
        max_samples=_max_samples(options.truncate_seconds, rate),
        front_end=front_end,
        front_end_step=None if front_end is None else clock.step,
        windows=_windows(clock, options.max_seconds, options.overlap_seconds),
        gradient_checkpointing=checkpointing,
    )


def _max_samples(seconds: Any, rate: int) -> int | None:
    """Returns the maximum number of samples of a clip, or `None` without a limit."""
    if seconds is None:
        return None
    _check.positive(_OWNER, truncate_seconds=seconds)
    return max(1, round(seconds * rate))


def _windows(clock: FrameClock, seconds: Any, overlap: Any) -> dict[str, int]:
    """Returns size and overlap of the windows in frames."""
    if seconds is None:
        if overlap is not None:
            _check.fail(_OWNER, "overlap_seconds", "None with max_seconds=None", overlap)
        return {}
    _check.positive(_OWNER, max_seconds=seconds)
    overlap = seconds / 5 if overlap is None else overlap
    _check.non_negative(_OWNER, overlap_seconds=overlap)
    size = clock.inside(seconds)
    shared = round(overlap / clock.inner_seconds)
    if shared >= size:
        rule = f"shorter than max_seconds={seconds}, by a frame or more"
        _check.fail(_OWNER, "overlap_seconds", rule, overlap)
    return {"size": size, "overlap": shared}
