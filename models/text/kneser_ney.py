"""Trains n-gram models with interpolated modified Kneser-Ney smoothing.

The method is from Chen and Goodman (1998, "An empirical study of smoothing techniques for
language modeling", section 4.1.6), with the adjusted counts of Heafield et al. (2013,
"Scalable modified Kneser-Ney language model estimation"). No n-grams are pruned.
"""

from collections.abc import Iterable

import numpy as np

from kapre_like import _check
from kapre_like.models.text.arpa import NGrams
from kapre_like.models.text.language_model import BEGIN, END, UNKNOWN, LanguageModel

# Discounts of n-grams that occur once, twice, and more often, if the corpus is too small to
# estimate them for an order. They are those of KenLM's option --discount_fallback.
FALLBACK = (0.5, 1.0, 1.5)
_SPECIAL = (UNKNOWN, BEGIN, END)
# log10 probability of <s>, which is never predicted. SRILM writes the same number.
_NEVER = -99.0


def train_kneser_ney(lines: Iterable[str], order: int = 3) -> LanguageModel:
    """Trains a model on sentences, one per line. White space separates words.

    For an n-gram of context h and word w with adjusted count a(hw):
    p(w | h) = (a(hw) - D(a(hw))) / A(h) + g(h) p(w | h without its first word), where A(h) sums
    a over the words after h, and the back-off weight g(h) = (D1 N1(h) + D2 N2(h) + D3 N3+(h)) /
    A(h) distributes the discounts. For the highest order, and for n-grams that start with
    `<s>`, a is the count. For others, a is the number of different words before the n-gram.
    Unigrams are interpolated with 1 / V over all words, `</s>` and `<unk>`.

    Discounts are computed from t_i, the number of n-grams with a = i: Y = t1 / (t1 + 2 t2) and
    D_i = i - (i + 1) Y t_{i+1} / t_i for i = 1, 2, 3. If one of t1 to t4 is 0 for an order, or
    a discount is not within 0 to i, the order uses `FALLBACK`.

    Args:
        lines: Texts, normalized as in decoding (`TextRule`). Empty lines are ignored.
        order: Int > 0, maximum number of words in an n-gram.

    Raises:
        ValueError: If no line has a word, or a line has `<s>`, `</s>` or `<unk>` as a word.
    """
    _check.positive_int("train_kneser_ney", order=order)
    words, ids = _numbered(lines)
    grams = [_counted(ids, order)]
    while len(grams) < order:
        grams.append(_continued(grams[-1], ids, order - len(grams)))
    grams = grams[::-1]
    tables = _interpolated(grams, len(words))
    return LanguageModel(_named(tables, words))


def _numbered(lines: Iterable[str]) -> tuple[list[str], np.ndarray]:
    """Returns the words by number, and the corpus as numbers with `<s>` and `</s>`."""
    numbers = {word: i for i, word in enumerate(_SPECIAL)}
    corpus: list[int] = []
    for row, line in enumerate(lines, start=1):
        words = line.split()
        if bad := {*words} & {*_SPECIAL}:
            rule = f"a text without the word {sorted(bad)[0]!r}, which has a special meaning"
            _check.fail("train_kneser_ney", f"line {row}", rule, line[:80])
        if words:
            corpus.append(1)
            corpus.extend([numbers.setdefault(word, len(numbers)) for word in words])
            corpus.append(2)
    if not corpus:
        _check.fail("train_kneser_ney", "lines", "texts with words", "no word")
    return list(numbers), np.array(corpus, dtype=np.int64)


def _counted(ids: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Returns the n-grams `(rows, n)` inside sentences in lexical order, and their counts."""
    grams = _windows(ids, n)
    # <s> may only be first, and </s> may only be last.
    inside = (grams[:, 1:] != 1).all(axis=1) & (grams[:, :-1] != 2).all(axis=1)
    return _unique(grams[inside])


def _windows(ids: np.ndarray, n: int) -> np.ndarray:
    if len(ids) < n:
        return np.zeros((0, n), np.int64)
    return np.lib.stride_tricks.sliding_window_view(ids, n)


def _unique(grams: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns distinct rows in lexical order, and the number of each."""
    if not len(grams):
        return grams, np.zeros(0, np.int64)
    grams = grams[np.lexsort(grams.T[::-1])]
    new = np.ones(len(grams), bool)
    new[1:] = (grams[1:] != grams[:-1]).any(axis=1)
    starts = np.flatnonzero(new)
    return grams[starts], np.diff(np.append(starts, len(grams)))


def _continued(
    above: tuple[np.ndarray, np.ndarray], ids: np.ndarray, n: int
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the n-grams that end those of order n + 1, and their adjusted counts."""
    grams, counts = _unique(above[0][:, 1:])
    raw, often = _counted(ids, n)
    first = raw[:, 0] == 1
    if n == 1:
        # Add <s> with a count of 0, because it is a context that is never predicted.
        return np.concatenate([[[1]], grams]), np.append(0, counts)
    # No n-gram in `grams` starts with <s>, so the two sets are disjoint.
    grams = np.concatenate([grams, raw[first]])
    counts = np.append(counts, often[first])
    rank = np.lexsort(grams.T[::-1])
    return grams[rank], counts[rank]


def _discounts(counts: np.ndarray) -> np.ndarray:
    """Returns the discounts by adjusted count: 0, D1, D2, D3."""
    t = np.bincount(np.minimum(counts, 5), minlength=6)[1:5].astype(float)
    if (t == 0).any():
        return np.array([0.0, *FALLBACK])
    y = t[0] / (t[0] + 2 * t[1])
    d = np.array([i - (i + 1) * y * t[i] / t[i - 1] for i in (1, 2, 3)])
    if (d < 0).any() or (d > (1, 2, 3)).any():
        return np.array([0.0, *FALLBACK])
    return np.append(0.0, d)


def _interpolated(
    grams: list[tuple[np.ndarray, np.ndarray]], n_words: int
) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Returns n-grams, probabilities and back-off weights of every order."""
    n_predicted = n_words - 1  # all but <s>
    rows, counts = _with_unknown(*grams[0])
    lower, weight = _discounted(np.zeros(len(rows), np.int64), counts, 1)
    lower = lower + weight[0] / n_predicted
    below, tables = rows, []
    for order, (rows_above, counts_above) in enumerate(grams[1:], start=2):
        context = _places(below, rows_above[:, :-1])
        own, weights = _discounted(context, counts_above, len(below))
        tables.append((below, lower, weights))
        lower = own + weights[context] * lower[_places(below, rows_above[:, 1:])]
        below = rows_above
        assert rows_above.shape[1] == order
    return [*tables, (below, lower, np.ones(0))]


def _with_unknown(rows: np.ndarray, counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Returns all unigrams by number, including `<unk>`, and `<s>` with the count 0."""
    every = np.zeros(int(rows.max()) + 1, np.int64)
    every[rows[:, 0]] = counts
    every[1] = 0
    return np.arange(len(every))[:, None], every


def _discounted(
    context: np.ndarray, counts: np.ndarray, n_contexts: int
) -> tuple[np.ndarray, np.ndarray]:
    """Returns discounted probabilities of n-grams, and the back-off weights of contexts.

    Args:
        context: `(rows,)`, the number of each n-gram's context.
        counts: `(rows,)`, adjusted counts.
        n_contexts: Number of contexts. A context that no word follows has the weight 1.
    """
    discount = _discounts(counts[counts > 0])[np.minimum(counts, 3)]
    sums = np.bincount(context, counts, n_contexts)
    given = np.bincount(context, discount, n_contexts)
    weights = np.divide(given, sums, out=np.ones(n_contexts), where=sums > 0)
    return (counts - discount) / np.maximum(sums, 1)[context], weights


def _places(rows: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Returns the index of each wanted n-gram in distinct rows, which contain all of them."""
    if rows.shape[1] == 1 and len(rows) == rows[-1, 0] + 1:
        return wanted[:, 0]
    codes = _codes(np.concatenate([rows, wanted]))
    return np.searchsorted(codes[: len(rows)], codes[len(rows) :])


def _codes(rows: np.ndarray) -> np.ndarray:
    """Returns a number for each row, which sorts as the rows do."""
    base = int(rows.max()) + 1
    codes = rows[:, 0]
    for column in range(1, rows.shape[1]):
        if int(codes.max()) > 2**62 // base:
            codes = np.unique(codes, return_inverse=True)[1].reshape(-1)
        codes = codes * base + rows[:, column]
    return codes


def _named(
    tables: list[tuple[np.ndarray, np.ndarray, np.ndarray]], words: list[str]
) -> list[NGrams]:
    names = np.array(words, dtype=object)
    made = []
    for rows, probabilities, weights in tables:
        texts = names[rows[:, 0]]
        for column in range(1, rows.shape[1]):
            texts = texts + " " + names[rows[:, column]]
        logs = np.log10(np.maximum(probabilities, 1e-99))
        if rows.shape[1] == 1:
            logs[1] = _NEVER
        # A weight can be 0, which has no logarithm, so use 1e-99.
        backoffs = np.log10(np.maximum(weights, 1e-99)).tolist()
        made.append(NGrams(texts.tolist(), logs.tolist(), backoffs))
    return made
