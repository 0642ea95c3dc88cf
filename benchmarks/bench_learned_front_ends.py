"""How much do learned filters cost compared with a log-mel spectrogram, in TensorFlow?

    python benchmarks/bench_learned_front_ends.py --out benchmarks/results/learned.jsonl

`GaborFrontEnd` and `SincFrontEnd` run with their defaults and all weights trainable. The rivals
are their own direct formulas, and `MelSpectrogram` (n_fft 512, hop 160, 80 mels, trainable
matrix). Before timing, outputs of decimated and direct filters without compression must agree
for speech, noise and a chirp. A step computes the mean square of the output and its gradient
with respect to all weights. `against_mel` is the ratio of medians.
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np
import soundfile
import tensorflow as tf
from harness import race, report

from kapre_like.layers import GaborFrontEnd, MelSpectrogram, SincFrontEnd

RATE = 16000
SPEECH = Path(__file__).resolve().parents[1] / "examples/data/spoken_digits/clips/0"
# Clips, seconds, share of `--rounds`, whether to time the direct formulas. The first batch is
# that of the goal. In the second one, the gradients of the direct formulas fit into memory.
SIZES = ((16, 10.0, 1.0, False), (2, 5.0, 0.5, True))
MEL = "MelSpectrogram"


def noise(clips, seconds):
    rng = np.random.default_rng(0)
    return (0.1 * rng.standard_normal((clips, int(seconds * RATE), 1))).astype("float32")


def signals():
    """Yields noise, a chirp from 50 Hz to 7.5 kHz and a spoken digit, each of one second."""
    t = np.arange(RATE) / RATE
    speech, rate = soundfile.read(sorted(SPEECH.glob("*.flac"))[0])
    assert rate == RATE
    yield "noise", noise(1, 1.0)[0, :, 0]
    yield "chirp", np.sin(2 * np.pi * (50 * t + 7450 * t**2 / 2))
    yield "speech", speech


def assert_agreement():
    for layer in (GaborFrontEnd, SincFrontEnd):
        decimated = layer(compression=None)
        direct = layer(compression=None, method="direct")
        for name, x in signals():
            x = tf.constant(x[None, :, None], "float32")
            expected = direct(x).numpy()
            # The goal is 1e-2 of the peak.
            atol, case = 1e-2 * expected.max(), f"{layer.__name__}, {name}"
            np.testing.assert_allclose(decimated(x), expected, atol=atol, err_msg=case)


def rivals(direct):
    """Returns built layers by name."""
    methods = ("decimated", "direct") if direct else ("decimated",)
    found = {
        f"{layer.__name__}({method})": layer(method=method)
        for layer in (GaborFrontEnd, SincFrontEnd)
        for method in methods
    }
    # With compression, the layers use the direct sum where decimation is too inaccurate.
    for layer in (GaborFrontEnd, SincFrontEnd):
        found[f"{layer.__name__}(compression=None)"] = layer(compression=None)
    found[MEL] = MelSpectrogram(
        sample_rate=RATE, n_fft=512, hop_length=160, n_mels=80, learn_mel="matrix"
    )
    for layer in found.values():
        layer.build((None, None, 1))
    return found


def forward(layer):
    return tf.function(lambda x: layer(x))


def step(layer):
    @tf.function
    def run(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(tf.square(layer(x)))
        return [loss, *tape.gradient(loss, [w.value for w in layer.trainable_weights])]

    return run


def time_one_size(what, make, clips, seconds, rounds, direct, out):
    x = tf.constant(noise(clips, seconds))
    calls = {name: partial(make(layer), x) for name, layer in rivals(direct).items()}
    results = race(calls, warmup=min(5, rounds), rounds=rounds)
    for result in results.values():
        ratio = result["median_ms"] / results[MEL]["median_ms"]
        result["against_mel"] = round(ratio, 2)
    report(
        f"learned front ends in a tf.function, {what}", results, out=out, clips=clips,
        seconds=seconds, sample_rate=RATE, hop_length=160, n_filters=40, dtype="float32",
        rounds=rounds,
    )  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--quick", action="store_true", help="smoke test with small inputs")
    parser.add_argument("--out", help="append JSON lines to this file (default: print)")
    options = parser.parse_args()
    assert_agreement()
    sizes = ((2, 0.1, 1.0, True),) if options.quick else SIZES
    for clips, seconds, part, direct in sizes:
        rounds = 2 if options.quick else max(2, int(options.rounds * part))
        for what, make in (("forward", forward), ("forward and backward", step)):
            time_one_size(what, make, clips, seconds, rounds, direct, options.out)


if __name__ == "__main__":
    main()
