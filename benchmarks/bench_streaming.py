"""How long does `Streaming` take for a chunk of 10 or 20 ms?

    KERAS_BACKEND=tensorflow python benchmarks/bench_streaming.py \\
        --out benchmarks/results/streaming.jsonl

The input has one channel at 16 kHz, with frames of 32 ms every 10 ms. The front ends are mel
energies; mel energies with PCEN and deltas; MFCC; Kaldi's filterbank energies; mel energies
after resampling from 48 kHz; and a learned Gabor front end. A stream keeps up if a chunk takes
less time than its duration.
"""

import argparse
from functools import partial

import keras
import numpy as np
from harness import race, report

import kapre_like

RATE, HOP = 16000, 160


def mel():
    return kapre_like.MelSpectrogram(n_fft=512, hop_length=HOP, n_mels=40, decibel=False)


FRONT_ENDS = {
    "mel": lambda: [mel()],
    "mel, PCEN, delta": lambda: [
        mel(),
        kapre_like.PCEN(sample_rate=RATE, hop_length=HOP),
        kapre_like.Delta(),
    ],
    "MFCC": lambda: [kapre_like.MFCC(n_fft=512, hop_length=HOP, n_mels=40, top_db=None)],
    "KaldiFbank": lambda: [kapre_like.KaldiFbank()],
    "Resample, mel": lambda: [kapre_like.Resample(orig_sr=48000), mel()],
    "GaborFrontEnd": lambda: [kapre_like.GaborFrontEnd()],
}


def streams(ms):
    """Returns calls that push `ms` milliseconds of noise, by front end."""
    rng = np.random.default_rng(0)
    pushes = {}
    for name, make in FRONT_ENDS.items():
        rate = 48000 if name.startswith("Resample") else RATE
        chunk = rng.normal(0.0, 0.1, (1, rate * ms // 1000, 1)).astype("float32")
        pushes[name] = partial(kapre_like.Streaming(make()).push, chunk)
    return pushes


def assert_agreement():
    """Checks that chunks give the same frames as the whole clip."""
    x = np.random.default_rng(1).normal(0.0, 0.1, (1, 4800, 1)).astype("float32")
    for make in FRONT_ENDS.values():
        layers = make()
        stream, whole = kapre_like.Streaming(layers), x
        for layer in layers:
            whole = layer(whole)
        parts = [stream.push(x[:, n : n + 480]) for n in range(0, 4800, 480)]
        got = np.concatenate([*parts, stream.finish()], axis=1)
        whole = keras.ops.convert_to_numpy(whole)
        np.testing.assert_allclose(got, whole, atol=1e-4 * max(1.0, np.abs(whole).max()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--quick", action="store_true", help="smoke test with small inputs")
    parser.add_argument("--out", help="append JSON lines to this file (default: print)")
    options = parser.parse_args()
    assert_agreement()
    rounds = 2 if options.quick else options.rounds
    for ms in (10, 20):
        # The first chunks of a stream compile its functions.
        results = race(streams(ms), warmup=20, rounds=rounds)
        title = f"a chunk of {ms} ms"
        report(title, results, out=options.out, chunk_ms=ms, channels=1, rounds=rounds)


if __name__ == "__main__":
    main()
