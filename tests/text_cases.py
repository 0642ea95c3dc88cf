"""Log probabilities and texts that the tests of models/text/ share."""

import itertools

import numpy as np

from kapre_like.models.text import Vocabulary
from kapre_like.models.text.collapse import collapse

LETTERS = "'abcdefghijklmnopqrstuvwxyz"
ENGLISH = Vocabulary(("<blank>", " ", *LETTERS))


def log_softmax(x):
    x = np.asarray(x, float)
    x = x - x.max(axis=-1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=-1, keepdims=True))


def random_logs(frames, tokens, seed=0, spread=2.0):
    return log_softmax(np.random.default_rng(seed).normal(0, spread, (frames, tokens)))


def peaks(path, tokens, sure=0.9):
    """Log probabilities whose likeliest path is the given one."""
    logs = np.full((len(path), tokens), np.log((1 - sure) / (tokens - 1)))
    logs[np.arange(len(path)), path] = np.log(sure)
    return logs


def every_text(logs, vocabulary):
    """The log probability of each text, summed over all paths there are."""
    found = {}
    for path in itertools.product(range(logs.shape[1]), repeat=len(logs)):
        score = sum(logs[t, k] for t, k in enumerate(path))
        runs = collapse(path, vocabulary.blank)
        text = vocabulary.text([run.token for run in runs])
        found[text] = np.logaddexp(found.get(text, -np.inf), score)
    return found


def speech(frames, *, noise, seed, vocabulary=ENGLISH, n_words=40):
    """A possible output of a network for a text of random words: `(logs, text, words)`."""
    rng = np.random.default_rng(seed)
    words = ["".join(rng.choice(list(LETTERS[1:]), rng.integers(2, 9))) for _ in range(n_words)]
    x = rng.normal(0, noise, (frames, len(vocabulary)))
    x[:, vocabulary.blank] += 9
    letters, t = [], 2
    while True:
        word = words[rng.integers(n_words)]
        if t + 5 * (len(word) + 1) > frames:
            return log_softmax(x), " ".join(letters), words
        for letter in f" {word}" if letters else word:
            n = int(rng.integers(1, 3))
            x[t : t + n, vocabulary.blank] -= 9
            x[t : t + n, vocabulary.tokens.index(letter)] += 9
            t += n + int(rng.integers(1, 4))
        letters.append(word)
