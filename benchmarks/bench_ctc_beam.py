"""Is our prefix beam search, in NumPy, as fast as `ctc-beam-decoder`, which is C++?

    python benchmarks/bench_ctc_beam.py --out benchmarks/results/ctc_beam.jsonl

The input is 100 s of log probabilities: 5000 frames of 32 tokens. Beam 100, one core. The log
probabilities are synthetic, so that anyone can reproduce them: letters of random words at the
rate of speech. On average, a frame of "clear" has 1 token above exp(-5), and one of "noisy" 3.
"random" is 500 frames of noise with 24 such tokens. Each is decoded without a language model
and with a trigram model of the words. Both searches prune at the same limits. Ours is timed
with `beam_search`, which also returns times and confidences of words; the rival with
`decode_beams` alone.
"""

import argparse
import string
import sys
import tempfile
from functools import partial
from pathlib import Path

import ctc_beam_decoder
import numpy as np
from harness import race, report

from kapre_like.models.text import Vocabulary, beam_search, train_kneser_ney

VOCABULARY = Vocabulary(("<blank>", " ", "'", *string.ascii_lowercase, "é", "ü", "ñ"))
FRAME_SECONDS, BEAM, WORDS = 0.02, 100, 60
# In nats, over thousands of frames. The two searches prune different unlikely alignments.
TOLERANCE = 0.5
LIMITS = {"token_min_logp": -5.0, "min_logp": -10.0}
FUSION = {"alpha": 0.5, "beta": 1.0}


def random_words(rng):
    letters = list(string.ascii_lowercase)
    return ["".join(rng.choice(letters, rng.integers(2, 9))) for _ in range(WORDS)]


def log_softmax(x):
    x = x - x.max(axis=1, keepdims=True)
    return x - np.log(np.exp(x).sum(axis=1, keepdims=True))


def speech(frames, noise, words, rng):
    """Returns log probabilities of random words, and their text."""
    x = rng.normal(0, noise, (frames, len(VOCABULARY)))
    x[:, VOCABULARY.blank] += 9
    spoken, t = [], 2
    while True:
        word = words[rng.integers(len(words))]
        if t + 5 * (len(word) + 1) > frames:
            return log_softmax(x), " ".join(spoken)
        for letter in f" {word}" if spoken else word:
            n = int(rng.integers(1, 3))
            x[t : t + n, VOCABULARY.blank] -= 9
            x[t : t + n, VOCABULARY.tokens.index(letter)] += 9
            t += n + int(rng.integers(1, 4))
        spoken.append(word)


def inputs(frames):
    """Returns log probabilities with their text, by name, and the words."""
    rng = np.random.default_rng(0)
    words = random_words(rng)
    noise = log_softmax(rng.normal(0, 1, (frames // 10, len(VOCABULARY))))
    return {
        "clear": speech(frames, 1.0, words, rng),
        "noisy": speech(frames, 2.0, words, rng),
        "random": (noise, ""),
    }, words


def their_decoder(model):
    labels = ["", *VOCABULARY.tokens[1:]]
    if model is None:
        return ctc_beam_decoder.BeamSearchDecoder(labels)
    folder = Path(tempfile.mkdtemp())
    model.write_arpa(folder / "m.arpa")
    return ctc_beam_decoder.BeamSearchDecoder(
        labels, kenlm_model_path=folder / "m.arpa", unigrams=sorted(model.words), **FUSION
    )


def ours(logs, model, *, beam=BEAM):
    options = {"frame_seconds": FRAME_SECONDS, "beam": beam, "fast": False, **LIMITS}
    return beam_search(logs, VOCABULARY, language_model=model, **FUSION, **options)[0]


def theirs(logs, decoder, *, beam=BEAM):
    return decoder.decode_beams(
        logs.astype(np.float32), beam_width=beam, beam_prune_logp=LIMITS["min_logp"],
        token_min_logp=LIMITS["token_min_logp"],
    )[0]  # fmt: skip


def assert_agreement(name, logs, model, decoder):
    """Checks for equal texts of clear speech and, without a model, for no lower score."""
    mine, other = ours(logs, model), theirs(logs, decoder)
    if name == "clear":
        assert mine.text == other[0], (mine.text, other[0])
    if model is None:
        assert mine.score >= other[3] - TOLERANCE, (mine.score, other[3])
    return {"ours": round(mine.score, 3), "theirs": round(other[4], 3)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="smoke test with small inputs")
    parser.add_argument("--out", help="append JSON lines to this file (default: print)")
    options = parser.parse_args()
    frames = 300 if options.quick else 5000
    rounds = 2 if options.quick else options.rounds
    cases, words = inputs(frames)
    rng = np.random.default_rng(1)
    lines = [" ".join(rng.choice(words, rng.integers(2, 9))) for _ in range(2000)]
    trigrams = train_kneser_ney(lines, order=3)
    for fused, model in (("no language model", None), ("trigram model", trigrams)):
        decoder = their_decoder(model)
        for name, (logs, _) in cases.items():
            scores = assert_agreement(name, logs, model, decoder)
            sys.stderr.write(f"{name}, {fused}: scores {scores}\n")
            rivals = {
                "kapre_like.beam_search": partial(_search, ours, logs, model),
                "ctc-beam-decoder": partial(_search, theirs, logs, decoder),
            }
            results = race(rivals, warmup=1, rounds=rounds)
            report(
                f"CTC beam search, {name}, {fused}", results, out=options.out,
                frames=len(logs), tokens=len(VOCABULARY), beam=BEAM, rounds=rounds,
                tokens_per_frame=round(float((logs >= -5).sum(axis=1).mean()), 2),
                scores=scores,
            )  # fmt: skip


def _search(search, *arguments):
    """Searches and returns nothing, because the harness cannot convert texts to arrays."""
    search(*arguments)


if __name__ == "__main__":
    main()
