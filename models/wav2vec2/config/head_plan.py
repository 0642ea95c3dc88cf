"""Checks and resolves the options of the head."""

from dataclasses import dataclass
from typing import Any

from kapre_like import _check
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config
from kapre_like.models.wav2vec2.config.options import Wav2Vec2Options

# Outputs of each head. The first is the default.
OUTPUTS: dict[str | None, tuple[str, ...]] = {
    None: ("last", "all"),
    "classify": ("logits", "probabilities"),
    "regress": ("score",),
    "frames": ("logits", "probabilities"),
    "xvector": ("logits", "embedding", "cosines", "all"),
    "ctc": ("logits", "probabilities"),
    "pretrain": ("all",),
}
POOLINGS = ("mean", "attentive")
MULTI_LABEL = "multi_label_classification"


@dataclass(frozen=True)
class HeadPlan:
    """The resolved options of a head.

    Attributes:
        labels: Number of classes or scores.
        class_names: Names of the classes or scores: `LABEL_0` and so on, as in transformers, if
            only their number is given. `None` for tokens without names and for a single score.
        output: Name in `OUTPUTS` of the head.
        pooling: Name in `POOLINGS`.
        score_scale: Factor of a score.
        score_offset: Added to the scaled score.
        exact: Whether a clip gives the same output alone and in a padded batch.
        multi_label: Whether classes are independent. Probabilities are then sigmoids instead of
            a softmax.
    """

    labels: int
    class_names: list[str] | None
    output: str
    pooling: str
    score_scale: float
    score_offset: float
    exact: bool
    multi_label: bool


def head_plan(config: Wav2Vec2Config, head: str | None, options: Wav2Vec2Options) -> HeadPlan:
    """Checks and resolves the options of a head.

    Raises:
        ValueError: If an option is out of its domain, or the head does not support it.
    """
    output, pooling = options.output, options.pooling
    scale, offset = options.score_scale, options.score_offset
    _check.one_of("wav2vec2", tuple(OUTPUTS), head=head)
    _check.one_of("wav2vec2", (None, *OUTPUTS[head]), output=output)
    _check.one_of("wav2vec2", POOLINGS, pooling=pooling)
    _check.positive("wav2vec2", score_scale=scale)
    _check.number("wav2vec2", score_offset=offset)
    _check_adapter(config, head)
    _check_problem(config, head)
    _check_pooling(config, head, pooling)
    count, names = _labels(config, head, options.labels)
    output = OUTPUTS[head][0] if output is None else output
    exact, multi_label = options.padding == "exact", config.problem_type == MULTI_LABEL
    return HeadPlan(count, names, output, pooling, scale, offset, exact, multi_label)


def _check_adapter(config: Wav2Vec2Config, head: str | None) -> None:
    """Rejects adapters with heads for which transformers rejects them, too."""
    heads = ("classify", "regress", "frames")
    if config.add_adapter and (head in heads or (head and config.use_weighted_layer_sum)):
        rule = f"False with head={head!r}"
        if head == "xvector":
            rule += " and use_weighted_layer_sum"
        _check.fail("wav2vec2", "config.add_adapter", rule, True)


def _check_problem(config: Wav2Vec2Config, head: str | None) -> None:
    """Rejects a head for classes if the checkpoint has scores, and the reverse."""
    problem = config.problem_type
    if head == "classify" and problem == "regression":
        fix = "Its outputs are scores: use head='regress'."
        _check.fail("wav2vec2", "config.problem_type", "of classes", problem, fix)
    if head == "regress" and problem not in (None, "regression"):
        fix = "Its outputs are classes: use head='classify'."
        _check.fail("wav2vec2", "config.problem_type", "'regression'", problem, fix)


def _check_pooling(config: Wav2Vec2Config, head: str | None, pooling: str) -> None:
    """Rejects poolings that the head does not support."""
    if head not in ("classify", "regress"):
        if pooling != "mean":
            _check.fail("wav2vec2", "pooling", f"'mean' with head={head!r}", pooling)
        return
    mode = config.pooling_mode
    _check.one_of("wav2vec2", (None, "mean"), **{"config.pooling_mode": mode})
    if mode is not None and pooling != "mean":
        _check.fail("wav2vec2", "pooling", f"'mean' with pooling_mode={mode!r}", pooling)


def _labels(
    config: Wav2Vec2Config, head: str | None, labels: Any
) -> tuple[int, list[str] | None]:
    """Returns the number of classes, and their names."""
    names = None if isinstance(labels, str | int | None) else _names(labels)
    count = labels if names is None else len(names)
    if head in ("classify", "frames", "xvector"):
        rule = "the class names, or their number"
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            _check.fail("wav2vec2", "labels", f"{rule}, with head={head!r}", labels)
        return count, names or [f"LABEL_{i}" for i in range(count)]
    if head == "ctc":
        if count not in (None, config.vocab_size):
            rule = f"as many as config.vocab_size={config.vocab_size} tokens, or None"
            _check.fail("wav2vec2", "labels", rule, labels)
        if not 0 <= (config.pad_token_id or 0) < config.vocab_size:
            rule = f"the blank, an index below config.vocab_size={config.vocab_size}"
            _check.fail("wav2vec2", "config.pad_token_id", rule, config.pad_token_id)
        return config.vocab_size, names
    if head == "regress" and labels is not None:
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            _check.fail("wav2vec2", "labels", "the score names, or their number", labels)
        return count, names or ([f"LABEL_{i}" for i in range(count)] if count > 1 else None)
    if labels is not None:
        _check.fail("wav2vec2", "labels", f"None with head={head!r}", labels)
    return 1, None


def _names(labels: Any) -> list[str]:
    """Returns labels as a list, and checks that they are distinct strings."""
    try:
        names = list(labels)
    except TypeError:
        names = []
    if not names or not all(isinstance(n, str) for n in names) or len({*names}) < len(names):
        _check.fail("wav2vec2", "labels", "distinct strings, or their number", labels)
    return names
