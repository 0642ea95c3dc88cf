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

    They take these by keyword, or such an object as `options`, or both: a keyword outdoes it.

    Attributes:
        labels: For `"classify"`, `"frames"` and `"xvector"`: the class names, or how many
            there are. For `"regress"` the names of the scores, or how many; `None` is one.
            For `"ctc"` the tokens, or `None`. Of a checkpoint `None` is what its
            `config.json` says.
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
            `transformers`, where padding reaches a clip through the first normalization.
        attention_mask: For `padding="huggingface"`: whether lengths count. `None` is what
            the checkpoint's `preprocessor_config.json` says, else what the original does: yes
            with `feat_extract_norm="layer"`, no with `"group"`.
        normalize: Whether clips are scaled to zero mean and unit variance. `None` is what the
            checkpoint's `preprocessor_config.json` says, else yes.
        feature_encoder: What makes frames of the waveform. `None`: the convolutions, and of a
            checkpoint nothing else. `"logmel"`: a log-mel spectrogram with frames at the same
            times, see `front_ends.logmel`; or another front end of this library, fixed or
            learned, from `(batch, samples, channels)` to `(batch, frames, freqs, channels)`,
            at any frame rate, though 50 per second is what masking and positions are made for.
        sample_rate: Int > 0, Hz, of `waveform`, which is resampled inside the model; `None`
            is that of the network, 16,000.
        truncate_seconds: Float > 0: what each clip is cut to, from its beginning.
        max_seconds: Float > 0: clips that are longer pass the transformer in overlapping
            windows of this length, see `windows`; `None`: whole, as in `transformers`. Its
            memory and time then grow with a clip's length, not with its square.
        overlap_seconds: Float >= 0, of neighboring windows; `None` is `max_seconds / 5`.
        gradient_checkpointing: Whether blocks are computed again in the backward pass
            instead of kept: less memory, more time.
        card: Dict of further facts of `CheckpointFacts`, such as `tokenizer`.
        seed: Int or `None`, for the weights and all that is drawn.
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
        """Returns these options, with `facts` for those that are not set."""
        missing = {k: v for k, v in facts.items() if getattr(self, k) is None}
        return dataclasses.replace(self, **missing)


_NAMES = tuple(field.name for field in dataclasses.fields(Wav2Vec2Options))


def options_of(
    owner: str,
    options: Wav2Vec2Options | None,
    named: Mapping[str, Any],
    others: Sequence[str] = (),
) -> Wav2Vec2Options:
    """Returns options given as keywords or as an object.

    Args:
        owner: Who takes them, for messages.
        options: The object, or `None`.
        named: The keywords.
        others: Names of the further arguments of `owner`, for messages.

    Raises:
        TypeError: If there is no option of a name; says the nearest.
        ValueError: If `options` is no such object.
    """
    if options is not None and not isinstance(options, Wav2Vec2Options):
        _check.fail(owner, "options", "a Wav2Vec2Options, or None", options)
    for name in named:
        if name not in _NAMES:
            near = difflib.get_close_matches(name, [*_NAMES, *others], n=1, cutoff=0.5)
            hint = f"Did you mean `{near[0]}`?" if near else f"There are {', '.join(_NAMES)}."
            raise TypeError(f"{owner}: there is no option `{name}`. {hint}")
    return dataclasses.replace(options or Wav2Vec2Options(), **named)
