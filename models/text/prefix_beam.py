"""Prefix beam search (Hannun et al. 2014), vectorized over the hypotheses of a frame.

A hypothesis is a prefix: the tokens of a text so far. It has two log probabilities. One sums
the alignments that end in a blank, the other those that end in the last token. They are
separate because only after a blank the same token starts a new letter. Spaces at the start of a
text, or after another space, do not make a new prefix, because they do not change the text.

Prefixes are identified by 64-bit hashes, so appending tokens and merging equal prefixes needs
only arithmetic and sorting. Among a million prefixes, two have the same hash with a probability
of 3e-8.
"""

from dataclasses import dataclass

import numpy as np

from kapre_like.models.text.word_scores import WordScores

_ROOT = np.uint64(0x9E3779B97F4A7C15)


@dataclass
class Found:
    """A hypothesis at the end of the search.

    Attributes:
        tokens: Its tokens.
        frames: For each token, the frame in which the search first appended it.
        logit: Log probability in nats, summed over alignments.
        bonus: Score of language model and hot words in nats.
    """

    tokens: list[int]
    frames: list[int]
    logit: float
    bonus: float


class _Trie:
    """A tree of prefixes in a growing array, with a row (parent, last token, frame) each."""

    def __init__(self) -> None:
        self._rows = np.full((1024, 3), -1, np.int64)
        self._size = 1

    def add(self, parents: np.ndarray, tokens: np.ndarray, frame: int) -> np.ndarray:
        first, self._size = self._size, self._size + len(parents)
        while self._size > len(self._rows):
            self._rows = np.concatenate([self._rows, np.empty_like(self._rows)])
        rows = self._rows[first : self._size]
        rows[:, 0], rows[:, 1], rows[:, 2] = parents, tokens, frame
        return np.arange(first, self._size)

    def path(self, node: int) -> tuple[list[int], list[int]]:
        """Returns tokens and frames from the root to a node."""
        tokens, frames = [], []
        while node > 0:
            node, token, frame = self._rows[node].tolist()
            tokens.append(token)
            frames.append(frame)
        return tokens[::-1], frames[::-1]


def _hashed(parents: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    """Hashes prefixes with a token appended. Uses the mixer of splitmix64 (Steele 2014)."""
    x = parents + (tokens.astype(np.uint64) + np.uint64(1)) * _ROOT
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


@dataclass
class _Beam:
    """The hypotheses of a frame. Row `i` of every array belongs to hypothesis `i`."""

    node: np.ndarray
    last: np.ndarray  # the last token
    own: np.ndarray  # hash
    parent: np.ndarray  # hash of the prefix without the last token
    blank: np.ndarray  # log probability of alignments that end in a blank
    token: np.ndarray  # log probability of alignments that end in the last token
    bonus: np.ndarray
    # Only with word scores: partial word, state of the language model, score of finished words.
    words: tuple[np.ndarray, np.ndarray, np.ndarray] | None


class PrefixBeam:
    """Prefix beam search over the frames of a clip.

    Args:
        blank: Number of the blank.
        space: Number of the token between words; `None` if there is no such token.
        beam: Int > 0, number of hypotheses to keep for each frame.
        min_logp: Nats. Hypotheses whose score is this much below the best are dropped.
        token_min_logp: Nats. Tokens of a frame with a lower log probability are skipped, except
            the most probable one.
        scores: See `WordScores`; `None` without language model and hot words.
    """

    def __init__(
        self,
        blank: int,
        space: int | None,
        *,
        beam: int,
        min_logp: float,
        token_min_logp: float,
        scores: WordScores | None,
    ) -> None:
        self._blank, self._beam, self._min_logp = blank, beam, min_logp
        self._token_min_logp, self._scores = token_min_logp, scores
        # -1 is the additional last column, which is -inf, see `run`.
        self._space = -1 if space is None else space

    def run(self, logs: np.ndarray) -> list[Found]:
        """Returns the hypotheses after all `(frames, tokens)` log probabilities."""
        allowed = logs >= self._token_min_logp
        if logs.size:
            allowed |= logs == logs.max(axis=1, keepdims=True)
        padded = np.full((len(logs), logs.shape[1] + 1), -np.inf)
        np.copyto(padded[:, :-1], logs, where=allowed)
        allowed[:, self._blank] = False
        silent = ~allowed.any(axis=1)
        trie, state = _Trie(), self._start()
        for t, row in enumerate(padded):
            if silent[t]:
                state.blank = np.logaddexp(state.blank, state.token) + row[self._blank]
                state.token = np.full(len(state.blank), -np.inf)
            else:
                state = self._step(state, row, np.flatnonzero(allowed[t]), trie, t)
        return self._ended(state, trie)

    def _start(self) -> _Beam:
        return _Beam(
            node=np.zeros(1, np.int64), last=np.array([self._space]), own=np.array([_ROOT]),
            parent=np.zeros(1, np.uint64), blank=np.zeros(1), token=np.array([-np.inf]),
            bonus=np.zeros(1),
            words=None if self._scores is None
            else (np.zeros(1, np.int64), np.zeros(1, np.int64), np.zeros(1)),
        )  # fmt: skip

    def _step(
        self, old: _Beam, row: np.ndarray, tokens: np.ndarray, trie: _Trie, frame: int
    ) -> _Beam:
        total = np.logaddexp(old.blank, old.token)
        blank = total + row[self._blank]
        # A space after a space is the same text.
        token = np.where(old.last == self._space, total, old.token) + row[old.last]
        # New hypotheses `(hypotheses, tokens)`: each old one with each token appended.
        grown = np.where(old.last[:, None] == tokens, old.blank[:, None], total[:, None])
        grown += row[tokens]
        grown[np.ix_(old.last == self._space, tokens == self._space)] = -np.inf
        token = self._merged(old, token, grown, tokens)
        stay = np.logaddexp(blank, token)
        source, column = np.nonzero(grown > -np.inf)
        added = tokens[column]
        words = bonus = None
        if self._scores is not None and old.words is not None:
            words = self._scores.extend(*(array[source] for array in old.words), added)
            bonus = words[2] + self._scores.partial_scores[words[0]]
        mass = grown[source, column]
        ranks = np.concatenate([stay + old.bonus, mass if bonus is None else mass + bonus])
        kept = self._best(ranks)
        stays = kept[kept < len(stay)]
        new = kept[kept >= len(stay)] - len(stay)
        return self._gathered(
            old, (blank, token), stays, trie, frame,
            (source[new], added[new], mass[new], None if bonus is None else bonus[new],
             None if words is None else tuple(array[new] for array in words)),
        )  # fmt: skip

    @staticmethod
    def _merged(
        old: _Beam, token: np.ndarray, grown: np.ndarray, tokens: np.ndarray
    ) -> np.ndarray:
        """Adds new hypotheses that equal an old one to it, and removes them from `grown`."""
        order = np.argsort(old.own)
        place = np.searchsorted(old.own, old.parent, sorter=order)
        parent = order[np.minimum(place, len(order) - 1)]
        column = np.searchsorted(tokens, old.last)
        column = np.minimum(column, len(tokens) - 1)
        known = (old.own[parent] == old.parent) & (tokens[column] == old.last)
        child = np.flatnonzero(known)
        at = parent[child], column[child]
        token[child] = np.logaddexp(token[child], grown[at])
        grown[at] = -np.inf
        return token

    def _best(self, ranks: np.ndarray) -> np.ndarray:
        """Returns the indices of the hypotheses that stay in the beam."""
        kept = np.flatnonzero(ranks >= ranks.max() + self._min_logp)
        if len(kept) > self._beam:
            part = np.argpartition(-ranks[kept], self._beam - 1)[: self._beam]
            kept = kept[np.sort(part)]
        return kept

    def _gathered(
        self, old: _Beam, stayed: tuple[np.ndarray, np.ndarray], stays: np.ndarray,
        trie: _Trie, frame: int, new: tuple,
    ) -> _Beam:  # fmt: skip
        """Returns the next beam: old hypotheses that stay, and new ones."""
        source, added, mass, bonus, words = new
        node = trie.add(old.node[source], added, frame)
        own = _hashed(old.own[source], added)
        return _Beam(
            node=np.concatenate([old.node[stays], node]),
            last=np.concatenate([old.last[stays], added]),
            own=np.concatenate([old.own[stays], own]),
            parent=np.concatenate([old.parent[stays], old.own[source]]),
            blank=np.concatenate([stayed[0][stays], np.full(len(mass), -np.inf)]),
            token=np.concatenate([stayed[1][stays], mass]),
            bonus=np.concatenate(
                [old.bonus[stays], np.zeros(len(mass)) if bonus is None else bonus]
            ),
            words=None if words is None or old.words is None
            else tuple(
                np.concatenate([a[stays], b]) for a, b in zip(old.words, words, strict=True)
            ),
        )  # fmt: skip

    def _ended(self, state: _Beam, trie: _Trie) -> list[Found]:
        logits = np.logaddexp(state.blank, state.token)
        bonus = np.zeros(len(logits))
        if self._scores is not None and state.words is not None:
            partial, number, base = state.words
            bonus = base + self._scores.ended(partial, number)
        return [
            Found(*trie.path(node), float(logit), float(extra))
            for node, logit, extra in zip(state.node, logits, bonus, strict=True)
        ]
