"""How fast do the speech networks train and decode, compared with PyTorch and Keras layers?

    python benchmarks/bench_deepspeech2.py --out benchmarks/results/deepspeech2.jsonl
    python benchmarks/bench_deepspeech2.py --what step greedy --out ...

`step`: forward pass, backward pass and AdamW of a DeepSpeech2 with CTC. The rival is the same
network with the same weights in PyTorch, in its own process. All clips have the same length,
and there is no dropout. Our step includes the log-mel spectrogram; PyTorch receives it as
input. The losses of the first step must be equal.
`greedy`: log probabilities and their maxima for batches of 32 clips of 3 s, as times real time.
`ctc` and `gru`: value and gradient of our loss and our GRU, and of Keras's.
TensorFlow runs graphs without XLA. `times_as_fast` is the ratio of medians to the first rival.
"""

import argparse
import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf
from deepspeech2_torch import torch_step
from harness import race, report

from kapre_like.models.blocks.frame_losses import CTCLoss, ctc_losses
from kapre_like.models.blocks.recurrent import FasterGRU
from kapre_like.models.conformer import conformer
from kapre_like.models.deepspeech2 import ROWS, deepspeech2

RATE, TOKENS = 16000, 29


def clips(count, seconds):
    waveform = np.random.default_rng(0).normal(0, 0.1, (count, int(RATE * seconds)))
    return waveform.astype("float32"), np.full(count, waveform.shape[1], "int32")


def add_ratio(results):
    first = next(iter(results.values()))["median_ms"]
    for result in results.values():
        result["times_as_fast"] = round(first / result["median_ms"], 2)


def our_step(model, inputs, texts):
    loss = CTCLoss(reduction="sum_over_batch_size")
    optimizer = keras.optimizers.AdamW(1e-4, weight_decay=0.004)
    optimizer.build(model.trainable_variables)
    inputs = [tf.constant(one) for one in inputs]

    @tf.function
    def step():
        with tf.GradientTape() as tape:
            value = loss(texts, model(inputs, training=True))
        variables = model.trainable_variables
        optimizer.apply(tape.gradient(value, variables), variables)
        return value

    return lambda: step().numpy()


def step(options):
    sizes = (("tiny", 4, 1.0),) if options.quick else (("tiny", 32, 2.5), ("published", 8, 4.0))
    for row, count, seconds in sizes:
        model = deepspeech2(row, n_tokens=TOKENS, dropout=0.0)
        inputs = clips(count, seconds)
        letters = int(6 * seconds)
        texts = np.random.default_rng(1).integers(1, TOKENS, (count, letters)).astype("int32")
        front = keras.Model(model.inputs, model.get_layer("frames").output[0])
        log_mel = np.asarray(front(list(inputs)))[..., 0]
        with torch_step(model, ROWS[row], log_mel, texts.astype("int64")) as torch_call:
            calls = {"torch": torch_call, "kapre_like": our_step(model, inputs, texts)}
            first = {name: float(call()) for name, call in calls.items()}
            np.testing.assert_allclose(first["kapre_like"], first["torch"], rtol=1e-4)
            results = race(calls, warmup=1, rounds=options.rounds)
        add_ratio(results)
        for result in results.values():
            result["steps_per_second"] = round(1e3 / result["median_ms"], 3)
        report(
            "deepspeech2 training step, CTC, AdamW", results, out=options.out, row=row,
            clips=count, seconds=seconds, loss=round(first["torch"], 4),
            rounds=options.rounds, quick=options.quick,
        )  # fmt: skip


def greedy(options):
    count, seconds = (4, 1.0) if options.quick else (32, 3.0)
    inputs = [tf.constant(one) for one in clips(count, seconds)]
    calls = {}
    for build in (deepspeech2, conformer):
        for causal in (False, True):
            model = build("tiny", n_tokens=TOKENS, causal=causal)
            run = tf.function(lambda x, n, model=model: tf.argmax(model([x, n]), axis=-1))
            name = f"{build.__name__} tiny{' causal' if causal else ''}"
            calls[name] = lambda run=run: run(*inputs).numpy()
    results = race(calls, warmup=2, rounds=options.rounds)
    for result in results.values():
        result["times_real_time"] = round(1e3 * count * seconds / result["median_ms"])
    report(
        "greedy CTC decoding from samples", results, out=options.out, clips=count,
        seconds=seconds, rounds=options.rounds, quick=options.quick,
    )  # fmt: skip


def gradients(function, *inputs):
    """Returns a compiled function that computes a sum and its gradient."""
    inputs = [tf.constant(one) for one in inputs]

    @tf.function
    def run():
        with tf.GradientTape() as tape:
            for one in inputs:
                tape.watch(one)
            value = tf.reduce_sum(function(*inputs))
        return value, tape.gradient(value, inputs[0])

    return lambda: [one.numpy() for one in run()]


def compared(title, calls, options, atol, **setting):
    (_, expected), (_, got) = (call() for call in calls.values())
    np.testing.assert_allclose(got, expected, atol=atol)
    results = race(calls, warmup=1, rounds=options.rounds)
    add_ratio(results)
    report(
        title, results, out=options.out, rounds=options.rounds, quick=options.quick, **setting
    )


def ctc(options):
    sizes = ((4, 50, 10),) if options.quick else ((32, 120, 30), (16, 250, 60), (8, 1000, 200))
    for count, frames, letters in sizes:
        rng = np.random.default_rng(2)
        logits = rng.normal(0, 1, (count, frames, TOKENS)).astype("float32")
        texts = rng.integers(1, TOKENS, (count, letters)).astype("int32")
        full, each = np.full(count, frames, "int32"), np.full(count, letters, "int32")
        calls = {
            "keras.ops.ctc_loss": gradients(
                lambda x, t=texts, e=each, n=full: keras.ops.ctc_loss(t, x, e, n, 0), logits
            ),
            "kapre_like": gradients(
                lambda x, t=texts, n=full: ctc_losses(t, x, n, blank=0), logits
            ),
        }
        compared(
            "CTC loss and gradient", calls, options, 2e-3, clips=count, frames=frames,
            letters=letters,
        )  # fmt: skip


def gru(options):
    sizes = ((4, 20, 32),) if options.quick else ((32, 120, 128), (8, 200, 512))
    for count, frames, units in sizes:
        x = np.random.default_rng(3).normal(0, 1, (count, frames, units)).astype("float32")
        mask = np.arange(frames)[None] < np.linspace(frames // 2, frames, count)[:, None]
        layers = [
            keras.layers.Bidirectional(kind(units, return_sequences=True))
            for kind in (keras.layers.GRU, FasterGRU)
        ]
        for layer in layers:
            layer.build(x.shape)
            layer.set_weights(layers[0].get_weights())
        names = ("keras.layers.GRU", "FasterGRU")
        calls = {
            name: gradients(lambda x, f=layer, m=mask: f(x, mask=m, training=True), x)
            for name, layer in zip(names, layers, strict=True)
        }
        compared(
            "bidirectional GRU and gradient", calls, options, 1e-3, clips=count,
            frames=frames, units=units,
        )  # fmt: skip


WHAT = {"step": step, "greedy": greedy, "ctc": ctc, "gru": gru}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--what", nargs="+", choices=WHAT, default=list(WHAT))
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--out", help="append JSON lines to this file (default: print)")
    parser.add_argument("--quick", action="store_true", help="smoke test with small inputs")
    options = parser.parse_args()
    if options.quick:
        options.rounds = 2
    for name in options.what:
        WHAT[name](options)


if __name__ == "__main__":
    main()
