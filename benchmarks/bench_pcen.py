"""Is the learned `PCEN`, in blocks of frames, faster than a scan over frames?

    python benchmarks/bench_pcen.py --out benchmarks/results/pcen.jsonl

The input is 16 clips of 10 s at a hop of 10 ms: 1000 frames of 80 bands. The first comparison
is the forward pass. The second is the forward and backward pass, with gradients of gain, bias,
power and smoothing of every band. The rival is the recursion in `tf.scan`, frame by frame, as
in LEAF's `PCENLayer`, with the same arithmetic.
"""

import argparse
from functools import partial

import numpy as np
import tensorflow as tf
from harness import race, report

from kapre_like.layers import PCEN

CLIPS, FRAMES, BANDS = 16, 1000, 80
START = {"gain": 0.96, "bias": 2.0, "power": 0.5, "smoothing": 0.04}
EPS = 1e-6


def energies(clips, frames):
    rng = np.random.default_rng(0)
    return rng.gamma(1.0, 1.0, (clips, frames, BANDS, 1)).astype("float32")


def ours():
    layer = PCEN(
        sample_rate=16000, hop_length=160, **START, eps=EPS, start="first", learn="bands"
    )
    layer.build((None, None, BANDS, 1))
    return layer, [weight.value for weight in layer.trainable_weights]


def scan():
    values = {k: tf.Variable(tf.fill([BANDS], v), name=k) for k, v in START.items()}

    def layer(x):
        b = values["smoothing"]
        energy = tf.transpose(x[..., 0], (1, 0, 2))
        smooth = tf.scan(lambda m, s: b * s + (1.0 - b) * m, energy, initializer=energy[0])
        smooth = tf.transpose(smooth, (1, 0, 2))[..., None]
        gain, bias, power = (values[k][:, None] for k in ("gain", "bias", "power"))
        return (x / (EPS + smooth) ** gain + bias) ** power - bias**power

    return layer, list(values.values())


def steps(layer, weights):
    """Returns graphs of the forward pass and of the gradient of its mean."""

    @tf.function
    def forward(x):
        return layer(x)

    @tf.function
    def backward(x):
        with tf.GradientTape() as tape:
            loss = tf.reduce_mean(layer(x))
        return tape.gradient(loss, weights)

    return forward, backward


def assert_agreement(rivals):
    x = tf.constant(energies(2, 300))
    (forward, backward), (their_forward, their_backward) = rivals.values()
    # Values are between 0 and 3, and float32 sums differ in their order.
    np.testing.assert_allclose(forward(x), their_forward(x), atol=1e-4)
    mine, theirs = (sorted(float(np.sum(g)) for g in f(x)) for f in (backward, their_backward))
    np.testing.assert_allclose(mine, theirs, rtol=1e-3)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--quick", action="store_true", help="smoke test with small inputs")
    parser.add_argument("--out", help="append JSON lines to this file (default: print)")
    options = parser.parse_args()
    rivals = {"kapre_like.PCEN": steps(*ours()), "tf.scan": steps(*scan())}
    assert_agreement(rivals)
    rounds = 2 if options.quick else options.rounds
    clips, frames = (2, 50) if options.quick else (CLIPS, FRAMES)
    x = tf.constant(energies(clips, frames))
    for which, title in enumerate(("forward", "forward and backward")):
        calls = {name: partial(pair[which], x) for name, pair in rivals.items()}
        report(
            f"learned PCEN, {title}", race(calls, rounds=rounds), out=options.out,
            clips=clips, frames=frames, bands=BANDS, rounds=rounds,
        )  # fmt: skip


if __name__ == "__main__":
    main()
