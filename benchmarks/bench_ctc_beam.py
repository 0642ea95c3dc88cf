"""Is our prefix beam search, in NumPy, as fast as `ctc-beam-decoder`, which is C++?

    python benchmarks/bench_ctc_beam.py --out benchmarks/results/ctc_beam.jsonl

100 s of log probabilities, 5000 frames of 32 tokens, beam 100, on one core. Made up, so that
anyone can make them again: letters of random words at the rate of speech. "clear" has 1 token
above exp(-5) in a frame on average, "noisy" 3, and "random" are 500 frames of noise with 24 of
them. With and without a trigram model of the words. Both prune at the same limits. Ours is the
whole of `beam_search`, with times and confidences of words; theirs is `decode_beams` alone.
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
# Nats of thousands of frames, since each drops other unlikely alignments.
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
    """Log probabilities of random words, and their text."""
    x = rng.normal(0, noise, (frames, len(VOCABULARY)))
    x[:, VOCABULARY.blank] += 9
    said, t = [], 2
    while True:
        word = words[rng.integers(len(words))]
        if t + 5 * (len(word) + 1) > frames:
            return log_softmax(x), " ".join(said)
        for letter in f" {word}" if said else word:
            n = int(rng.integers(1, 3))
            x[t : t + n, VOCABULARY.blank] -= 9
            x[t : t + n, VOCABULARY.tokens.index(letter)] += 9
            t += n + int(rng.integers(1, 4))
        said.append(word)


def sounds(frames):
    """Log probabilities by name, each with its text, and the words."""
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
    """The same text of clear speech; without a model, no lower log probability of any."""
    mine, other = ours(logs, model), theirs(logs, decoder)
    if name == "clear":
        assert mine.text == other[0], (mine.text, other[0])
    if model is None:
        assert mine.score >= other[3] - TOLERANCE, (mine.score, other[3])
    return {"ours": round(mine.score, 3), "theirs": round(other[4], 3)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="does it run? judges nothing")
    parser.add_argument("--out", help="append JSON lines to this file; else they are printed")
    options = parser.parse_args()
    frames = 300 if options.quick else 5000
    rounds = 2 if options.quick else options.rounds
    cases, words = sounds(frames)
    rng = np.random.default_rng(1)
    lines = [" ".join(rng.choice(words, rng.integers(2, 9))) for _ in range(2000)]
    trigrams = train_kneser_ney(lines, order=3)
    for fused, model in (("no language model", None), ("trigram model", trigrams)):
        decoder = their_decoder(model)
        for name, (logs, _) in cases.items():
            scores = assert_agreement(name, logs, model, decoder)
            sys.stderr.write(f"{name}, {fused}: scores {scores}\n")
            rivals = {
                "kapre_like.beam_search": partial(_said, ours, logs, model),
                "ctc-beam-decoder": partial(_said, theirs, logs, decoder),
            }
            results = race(rivals, warmup=1, rounds=rounds)
            report(
                f"CTC beam search, {name}, {fused}", results, out=options.out,
                frames=len(logs), tokens=len(VOCABULARY), beam=BEAM, rounds=rounds,
                tokens_per_frame=round(float((logs >= -5).sum(axis=1).mean()), 2),
                scores=scores,
            )  # fmt: skip


def _said(search, *arguments):
    """Searches, and returns nothing: texts are no arrays for the harness to wait for."""
    search(*arguments)


if __name__ == "__main__":
    main()
