"""Options of `wav2vec2`, `wav2vec2_for_pretraining` and `from_huggingface`, in one class."""

import dataclasses
import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from kapre_like import _check


@dataclass(frozen=True, kw_only=True)
class Wav2Vec2Options:
    """Options of `wav2vec2`, `wav2vec2_for_pretraining` and `from_huggingface`.

    These functions take the options by keyword, as an object `options`, or both. A keyword
    overrides the object.

    Attributes:
        labels: For `"classify"`, `"frames"` and `"xvector"`, the class names or their number.
            For `"regress"`, the names of the scores or their number; `None` is one score. For
            `"ctc"`, the tokens or `None`. With a checkpoint, `None` uses the labels of its
            `config.json`.
        output: Output of the network; `None` is the first one listed. Without a head, `"last"`
            or `"all"` (every hidden state). For `"xvector"`, `"logits"` (as in transformers:
            the input of `objective`), `"embedding"`, `"cosines"` (cosine similarities to the
            speakers, for `AMSoftmaxLoss`) or `"all"`. For `"regress"`, `"score"`. For all other
            heads, `"logits"` or `"probabilities"`.
        pooling: For `"classify"` and `"regress"`, `"mean"` or `"attentive"` (mean and standard
            deviation with learned weights, see `AttentivePooling`).
        score_scale: Float > 0. A score is `dense * score_scale + score_offset`. Use the
            standard deviation and the mean of the labels.
        score_offset: Float, see `score_scale`.
        padding: `"exact"` computes the same output for a clip in a padded batch as for the clip
            alone. CTC logits past its end predict the blank, see `BlankPadding`.
            `"huggingface"` computes the numbers of `transformers`, where padding changes a
            clip's output through the first normalization.
        attention_mask: With `padding="huggingface"`, whether padding is masked. `None` uses the
            value in the checkpoint's `preprocessor_config.json`, else that of the original:
            `True` with `feat_extract_norm="layer"`, `False` with `"group"`.
        normalize: Whether clips are scaled to zero mean and unit variance. `None` uses the
            value in the checkpoint's `preprocessor_config.json`, else `True`.
        feature_encoder: Layer that turns the waveform into frames. `None` uses the
            convolutions, and is required with a checkpoint. `"logmel"` uses a log-mel
            spectrogram with frames at the same times, see `front_ends.logmel`. Another front
            end of this library, fixed or learned, maps `(batch, samples, channels)` to
            `(batch, frames, freqs, channels)`. Any frame rate works, but masking and positions
            are designed for 50 frames per second.
        sample_rate: Int > 0, sample rate of `waveform` in Hz. The model resamples it to the
            network's rate. `None` is the network's rate, 16,000.
        truncate_seconds: Float > 0. Clips are truncated to this length.
        max_seconds: Float > 0. The transformer processes longer clips in overlapping windows of
            this length, see `windows`. Its memory and time then grow linearly with a clip's
            length instead of quadratically. `None` processes whole clips, as `transformers`
            does.
        overlap_seconds: Float >= 0, overlap of neighboring windows. `None` is
            `max_seconds / 5`.
        gradient_checkpointing: Whether the backward pass recomputes the blocks instead of
            storing their activations. Needs less memory and more time.
        card: Dict of further fields of `CheckpointFacts`, such as `tokenizer`.
        seed: Int or `None`, for initial weights and random operations.
        name: Name of the model.
    """

    labels: Sequence[str] | int | None = None
    output: str | None = None
    pooling: str = "mean"
    score_scale: float = 1.0
    score_offset: float = 0.0
    padding: str = "exact"
    attention_mask: bool | None = None
    normalize: bool | None = None
    feature_encoder: Any = None
    sample_rate: int | None = None
    truncate_seconds: float | None = None
    max_seconds: float | None = None
    overlap_seconds: float | None = None
    gradient_checkpointing: bool = False
    card: dict[str, Any] | None = None
    seed: int | None = None
    name: str = "wav2vec2"

    def filled(self, **facts: Any) -> "Wav2Vec2Options":
        """Returns these options, with values from `facts` for those that are `None`."""
        missing = {k: v for k, v in facts.items() if getattr(self, k) is None}
        return dataclasses.replace(self, **missing)


_NAMES = tuple(field.name for field in dataclasses.fields(Wav2Vec2Options))


def options_of(
    owner: str,
    options: Wav2Vec2Options | None,
    named: Mapping[str, Any],
    others: Sequence[str] = (),
) -> Wav2Vec2Options:
    """Returns options that are given as keywords, as an object, or both.

    Args:
        owner: Name of the function that takes them, for error messages.
        options: The object, or `None`.
        named: The keywords.
        others: Names of the other arguments of `owner`, for error messages.

    Raises:
        TypeError: If a keyword is not an option. The message suggests the most similar name.
        ValueError: If `options` is not a `Wav2Vec2Options`.
    """
    if options is not None and not isinstance(options, Wav2Vec2Options):
        _check.fail(owner, "options", "a Wav2Vec2Options, or None", options)
    for name in named:
        if name not in _NAMES:
            near = difflib.get_close_matches(name, [*_NAMES, *others], n=1, cutoff=0.5)
            hint = f"Did you mean `{near[0]}`?" if near else f"There are {', '.join(_NAMES)}."
            raise TypeError(f"{owner}: there is no option `{name}`. {hint}")
    return dataclasses.replace(options or Wav2Vec2Options(), **named)
