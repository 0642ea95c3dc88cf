"""Is the cost of a log-mel spectrogram linear in the number of clips and in seconds?

    python benchmarks/bench_scaling.py --out benchmarks/results/scaling.jsonl \\
        --plot benchmarks/results/scaling.png

`MelSpectrogram` runs in one TensorFlow graph for all sizes. The sizes take turns.
"""

import argparse
from functools import partial

import numpy as np
import tensorflow as tf
from bench_melspectrogram import HOP, MELS, N_FFT, RATE, ours, waveforms
from harness import race, report

CLIPS = [(clips, 4.0) for clips in (1, 2, 4, 8, 16, 32, 64)]
SECONDS = [(8, seconds) for seconds in (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)]


def exponent(sizes, results, axis):
    """Returns the slope of log(time) over log(size) for the larger sizes; 1 is linear."""
    upper = sizes[len(sizes) // 2 :]
    x = np.log([size[axis] for size in upper])
    y = np.log([results[key(size)]["median_ms"] for size in upper])
    return round(float(np.polyfit(x, y, 1)[0]), 3)


def key(size):
    return f"{size[0]} x {size[1]:g} s"


def plot(path, results):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 3.6), layout="constrained")
    for panel, sizes, axis, label in zip(
        figure.subplots(1, 2), (CLIPS, SECONDS), (0, 1), ("clips of 4 s", "seconds, 8 clips"),
        strict=True,
    ):  # fmt: skip
        x = np.array([size[axis] for size in sizes])
        y = [results[key(size)]["median_ms"] for size in sizes]
        panel.loglog(x, y, "o-", label="measured")
        panel.loglog(x, y[-1] * x / x[-1], "--", color="0.6", label="linear")
        panel.set_xlabel(label)
        panel.set_ylabel("ms")
        panel.legend()
    figure.suptitle(f"MelSpectrogram, n_fft {N_FFT}, hop {HOP}, {MELS} mels, {RATE} Hz")
    figure.savefig(path, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--quick", action="store_true", help="smoke test with small inputs")
    parser.add_argument("--out", help="append JSON lines to this file (default: print)")
    parser.add_argument("--plot", help="image file to write")
    options = parser.parse_args()
    graph = tf.function(ours()[0], input_signature=[tf.TensorSpec([None, None], tf.float32)])
    sizes = sorted({*CLIPS, *SECONDS}) if not options.quick else [(1, 0.1), (2, 0.1)]
    rounds = 2 if options.quick else options.rounds
    calls = {key(size): partial(graph, tf.constant(waveforms(*size))) for size in sizes}
    results = race(calls, rounds=rounds)
    setting = {"n_fft": N_FFT, "hop_length": HOP, "n_mels": MELS, "rounds": rounds}
    if not options.quick:
        setting["exponent_clips"] = exponent(CLIPS, results, 0)
        setting["exponent_seconds"] = exponent(SECONDS, results, 1)
        if options.plot:
            plot(options.plot, results)
    report("cost of MelSpectrogram over clips and seconds", results, out=options.out, **setting)


if __name__ == "__main__":
    main()
