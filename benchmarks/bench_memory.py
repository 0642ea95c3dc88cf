"""How much memory does a batch of log-mel spectrograms take, compared with Keras and Kapre?

    python benchmarks/bench_memory.py --out benchmarks/results/memory.jsonl

Each rival runs in its own process, which imports everything, runs one short clip, and then runs
the batch. The figure is the increase of the peak resident memory after the short clip, as the
median of `--runs` processes. `bench_melspectrogram.py` asserts that the rivals agree.
"""

import argparse
import json
import resource
import statistics
import subprocess
import sys

CLIPS, SECONDS, REPEATS = 16, 10.0, 5
NAMES = (
    "kapre_like.MelSpectrogram",
    "keras.layers.MelSpectrogram",
    "kapre.composed.get_melspectrogram_layer",
)


def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def child(name, clips, seconds):
    """Prints the increase of the peak, in MB."""
    import tensorflow as tf
    from bench_melspectrogram import RIVALS, waveforms

    graph = tf.function(RIVALS[name]()[0])
    spec = tf.TensorSpec([None, None], tf.float32)
    run = graph.get_concrete_function(spec)
    run(tf.constant(waveforms(1, 1.0)))
    batch, before = tf.constant(waveforms(clips, seconds)), peak_mb()
    for _ in range(REPEATS):
        run(batch)
    print(json.dumps(peak_mb() - before))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="smoke test with small inputs")
    parser.add_argument("--out", help="append JSON lines to this file (default: print)")
    parser.add_argument("--child", nargs=3, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return child(options.child[0], int(options.child[1]), float(options.child[2]))
    from harness import report

    clips, seconds = (1, 1.0) if options.quick else (CLIPS, SECONDS)
    results = {}
    for name in NAMES:
        command = [sys.executable, __file__, "--child", name, str(clips), str(seconds)]
        runs = range(1 if options.quick else options.runs)
        done = [subprocess.run(command, capture_output=True, text=True) for _ in runs]
        if any(run.returncode for run in done):
            print(f"{name} does not take part: {done[0].stderr[-200:]}", file=sys.stderr)
            continue
        rises = [json.loads(run.stdout.splitlines()[-1]) for run in done]
        results[name] = {"median_mb": round(statistics.median(rises), 1), "runs": len(rises)}
    report(
        "peak memory of a batch of log-mel spectrograms, over that of one short clip", results,
        out=options.out, clips=clips, seconds=seconds, repeats=REPEATS,
    )  # fmt: skip
    return None


if __name__ == "__main__":
    main()
