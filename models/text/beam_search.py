"""Beam search over CTC log probabilities, with a language model and hot words."""

import itertools
from collections.abc import Collection, Sequence

import numpy as np

from kapre_like import _check
from kapre_like.models.text import fast_beam
from kapre_like.models.text.collapse import Run
from kapre_like.models.text.forced_alignment import align
from kapre_like.models.text.greedy import checked, greedy, transcript_of
from kapre_like.models.text.language_model import LanguageModel
from kapre_like.models.text.prefix_beam import Found, PrefixBeam
from kapre_like.models.text.transcript import Transcript
from kapre_like.models.text.vocabulary import Vocabulary
from kapre_like.models.text.word_scores import WordScores

HOT_WORD_WEIGHT = 10.0
UNKNOWN_LOG10 = -10.0


def beam_search(
    log_probabilities: np.ndarray,
    vocabulary: Vocabulary,
    *,
    frame_seconds: float,
    beam: int = 100,
    language_model: LanguageModel | None = None,
    alpha: float = 0.5,
    beta: float = 1.0,
    hot_words: Collection[str] = (),
    hot_word_weight: float = HOT_WORD_WEIGHT,
    token_min_logp: float = -5.0,
    min_logp: float = -10.0,
    n_best: int = 1,
    fast: bool | None = None,
) -> list[Transcript]:
    """Returns the texts with the highest scores, best first.

    The score of a text is `ln P(text | sound) + sum over words (alpha ln P(word | words
    before) + beta) + alpha ln P(</s>)`, shallow fusion with word insertion, plus
    `hot_word_weight` for each hot word; see `WordScores` for partial words. `ln P(text |
    sound)` sums over the alignments that the search has kept. These are all alignments if
    `min_logp` and `token_min_logp` are `-inf` and the beam is wide enough. Texts that differ
    only in spaces are merged, and so are different token sequences of the same text.

    Times and confidences of words are from the most probable alignment of the text, see
    `forced_alignment.align` and `Word`.

    Without pruning, the package `ctc-beam-decoder` finds the same texts with the same scores.
    With a narrow beam it may find other texts, because it counts a text twice if some of its
    alignments end in a blank and some in a letter, and because its probabilities are float32
    and at least 1e-15. Scores, times and confidences are computed by this library in both
    cases.

    Args:
        log_probabilities: `(frames, tokens)`, natural logarithms, at most 0.
        vocabulary: See `Vocabulary`.
        frame_seconds: Float > 0, hop between frames in seconds.
        beam: Int > 0, number of hypotheses to keep for each frame.
        language_model: See `LanguageModel`. Its words must be normalized by the vocabulary's
            rule.
        alpha: Float >= 0, weight of the language model.
        beta: Float, reward for each word in nats; used only with a language model.
        hot_words: Words or phrases to prefer, normalized by the vocabulary's rule.
        hot_word_weight: Float, score of each hot word in nats.
        token_min_logp: Float <= 0, nats. Tokens of a frame with a lower log probability are
            skipped, except the most probable one.
        min_logp: Float <= 0, nats. Hypotheses whose score is this much below the best are
            dropped.
        n_best: Int > 0, maximum number of texts to return.
        fast: `None` uses the package if it is installed, supports the arguments, and is much
            faster, that is with a language model. `True` requires the package. `False` uses
            this library's search in NumPy.

    Raises:
        ValueError: If an argument is out of its range, no word of the language model can be
            written with the vocabulary, or `fast=True` and the package does not support the
            arguments.
        ImportError: If `fast=True` and the package is not installed.
    """
    _check_options(beam, n_best, alpha, beta, hot_word_weight, token_min_logp, min_logp)
    logs = checked("beam_search", log_probabilities, vocabulary, frame_seconds)
    hot = _hot(hot_words)
    if language_model is not None:
        _check_words(language_model, vocabulary)
    scores = None
    if language_model is not None or hot:
        scores = WordScores(
            vocabulary, language_model, alpha=alpha, beta=beta, unknown_log10=UNKNOWN_LOG10,
            hot_words=hot, hot_word_weight=hot_word_weight,
        )  # fmt: skip
    limits = {"beam": beam, "min_logp": min_logp, "token_min_logp": token_min_logp}
    if fast is None and language_model is None:
        fast = False
    if _use_package(fast, vocabulary, min_logp) and len(logs):
        found = fast_beam.search(
            logs, vocabulary, **limits, language_model=language_model, alpha=alpha, beta=beta,
            unknown_log10=UNKNOWN_LOG10, hot_words=hot, hot_word_weight=hot_word_weight,
            scores=scores,
        )  # fmt: skip
    else:
        search = PrefixBeam(vocabulary.blank, vocabulary.space, **limits, scores=scores)
        found = search.run(logs)
    made = (_transcript(x, logs, vocabulary, frame_seconds) for x in _merged(found, vocabulary))
    best = list(itertools.islice(filter(None, made), n_best))
    return best or [greedy(logs, vocabulary, frame_seconds=frame_seconds)]


def _check_options(
    beam: int, n_best: int, alpha: float, beta: float, hot_word_weight: float, *limits: float
) -> None:
    owner = "beam_search"
    _check.positive_int(owner, beam=beam, n_best=n_best)
    _check.non_negative(owner, alpha=alpha)
    _check.number(owner, beta=beta, hot_word_weight=hot_word_weight)
    for name, value in zip(("token_min_logp", "min_logp"), limits, strict=True):
        if not isinstance(value, int | float) or not value <= 0:
            _check.fail(owner, name, "a number <= 0 (nats), or -inf", value)


def _check_words(language_model: LanguageModel, vocabulary: Vocabulary) -> None:
    """Rejects a language model without usable words, such as one in another case."""
    letters = set("".join(vocabulary.tokens))
    words = language_model.words
    if words and not any(letters.issuperset(word) for word in words):
        rule = "a model of words with the vocabulary's letters"
        fix = f"Train it on texts of the same {vocabulary.rule}."
        _check.fail("beam_search", "language_model", rule, sorted(words)[:3], fix)


def _hot(words: Collection[str]) -> tuple[str, ...]:
    if isinstance(words, str) or not all(isinstance(word, str) for word in words):
        _check.fail("beam_search", "hot_words", "a list of words", words)
    return tuple(word for phrase in words for word in phrase.split())


def _use_package(fast: bool | None, vocabulary: Vocabulary, min_logp: float) -> bool:
    if fast is not None:
        _check.boolean("beam_search", fast=fast)
    if fast is False:
        return False
    reason = fast_beam.unsupported(vocabulary, min_logp)
    if fast and reason:
        raise (ImportError if "Install" in reason else ValueError)(reason)
    return not reason


def _merged(found: Sequence[Found], vocabulary: Vocabulary) -> list[Found]:
    """Merges hypotheses of the same text, with the tokens of the most probable; best first."""
    texts: dict[str, Found] = {}
    for one in sorted(found, key=lambda one: -one.logit):
        text = vocabulary.text(one.tokens)
        if text in texts:
            texts[text].logit = float(np.logaddexp(texts[text].logit, one.logit))
        else:
            texts[text] = one
    return sorted(texts.values(), key=lambda one: -(one.logit + one.bonus))


def _transcript(
    one: Found, logs: np.ndarray, vocabulary: Vocabulary, frame_seconds: float
) -> Transcript | None:
    """Returns the transcript of a hypothesis; `None` if the text has no alignment.

    The package returns such texts in wide beams, because it uses probabilities of at least
    1e-15.
    """
    runs: list[Run] = align(logs, one.tokens, vocabulary.blank, vocabulary.space, one.frames)
    if len(one.tokens) and not runs:
        return None
    return transcript_of(
        runs, logs, vocabulary, frame_seconds=frame_seconds, score=one.logit + one.bonus
    )
