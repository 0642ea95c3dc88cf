"""Is augmentation inside a TensorFlow graph faster than clip by clip in NumPy?

    python benchmarks/bench_augment.py

The batch has 32 clips of 10 s at 16 kHz. The layers are gain, recorded noise, recorded
reverberation, a band-pass filter and an equalizer. The rival is audiomentations with its own
classes for the same changes, one clip after the other. Recordings are read from files before
timing starts: in `prepare()` of our layers, in the cache of audiomentations.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import soundfile
import tensorflow as tf
from harness import race, report

from kapre_like import augment

RATE, CLIPS, SECONDS = 16000, 32, 10
BANDS = 3


def banks(folder):
    """Writes 4 noises of 20 s and 4 responses of 1 s, and returns their folders."""
    rng = np.random.default_rng(0)
    noises, responses = folder / "noises", folder / "responses"
    for bank in (noises, responses):
        bank.mkdir()
    for n in range(4):
        noise = 0.1 * rng.standard_normal(20 * RATE)
        soundfile.write(noises / f"{n}.wav", noise, RATE, subtype="FLOAT")
        decay = np.exp(-6.9 * np.arange(RATE) / (0.6 * RATE))
        response = 0.1 * rng.standard_normal(RATE) * decay
        response[100] = 1.0
        soundfile.write(responses / f"{n}.wav", response, RATE, subtype="FLOAT")
    return noises, responses


def ours(noises, responses):
    layers = [
        augment.Gain(),
        augment.AddNoise(kind="bank", bank=str(noises), sample_rate=RATE),
        augment.Reverberate(bank=str(responses), sample_rate=RATE),
        augment.BandPass(sample_rate=RATE),
        augment.Equalizer(sample_rate=RATE, bands=BANDS),
    ]
    for layer in layers:
        layer.prepare()

    @tf.function
    def chain(x):
        for layer in layers:
            x = layer(x, training=True)
        return x

    steps = {type(layer).__name__: tf.function(layer) for layer in layers}
    return chain, steps


def theirs(noises, responses):
    """Returns the rival's chain, with the same filter order and number of bands."""
    try:
        import audiomentations
    except ImportError:
        return None
    chain = audiomentations.Compose(
        [
            audiomentations.Gain(min_gain_db=-12, max_gain_db=6, p=1),
            audiomentations.AddBackgroundNoise(str(noises), min_snr_db=0, max_snr_db=30, p=1),
            audiomentations.ApplyImpulseResponse(
                str(responses), leave_length_unchanged=True, p=1
            ),
            audiomentations.BandPassFilter(min_rolloff=24, max_rolloff=24, p=1),
            *[audiomentations.PeakingFilter(p=1) for _ in range(BANDS)],
        ]
    )
    return lambda x: np.stack([chain(samples=clip, sample_rate=RATE) for clip in x])


def assert_agreement(rivals, x):
    """Checks that every clip changes and stays finite. Random outputs cannot be equal."""
    for chain in rivals.values():
        y = np.asarray(chain(x))
        assert y.shape == x.shape
        assert np.isfinite(y).all()
        assert (np.abs(y - x).max(axis=1) > 1e-3).all()


def add_cpu_times(results, timed, calls=4):
    """Adds the processor time per call, which hardly depends on other programs."""
    for name, call in timed.items():
        start = time.process_time()
        for _ in range(calls):
            np.asarray(call())
        results[name]["cpu_ms"] = round(1e3 * (time.process_time() - start) / calls, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--quick", action="store_true", help="smoke test with small inputs")
    parser.add_argument("--layers", action="store_true", help="also time each of our layers")
    parser.add_argument("--out", help="append JSON lines to this file (default: print)")
    options = parser.parse_args()
    clips, seconds = (2, 1) if options.quick else (CLIPS, SECONDS)
    rng = np.random.default_rng(1)
    x = (0.1 * rng.standard_normal((clips, seconds * RATE))).astype("float32")
    tensor = tf.constant(x)
    with tempfile.TemporaryDirectory() as name:
        folders = banks(Path(name))
        chain, steps = ours(*folders)
        calls = {"kapre_like": lambda _: chain(tensor)}
        rival = theirs(*folders)
        if rival is None:
            sys.stderr.write("audiomentations is not installed: only our layers are timed.\n")
        else:
            calls["audiomentations"] = rival
        assert_agreement(calls, x)
        if options.layers:
            for name, step in steps.items():
                calls[name] = lambda _, step=step: step(tensor, training=True)
        timed = {name: lambda call=call: call(x) for name, call in calls.items()}
        results = race(timed, warmup=2, rounds=2 if options.quick else options.rounds)
        add_cpu_times(results, timed)
    report(
        "augmentation of waveforms", results, out=options.out, clips=clips, seconds=seconds,
        sample_rate=RATE, bands=BANDS,
    )  # fmt: skip


if __name__ == "__main__":
    main()
