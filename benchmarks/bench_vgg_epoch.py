"""How long is one epoch of `vgg` over 2,500 one-second clips, by width, precision and XLA?

    python benchmarks/bench_vgg_epoch.py --out benchmarks/results/vgg_epoch.jsonl

The clips are WAV files, which are decoded once. The input pipeline and the compiled step are
those of `kapre-like train`. Epochs of the candidates take turns, so that changes in the speed
of the machine affect all of them equally. The first epoch of each candidate (decoding, tracing)
is not counted.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
import pandas as pd
import soundfile
from harness import report

from kapre_like.audio.pipeline import Pipeline
from kapre_like.models.blocks import MaskedBatchNormalization
from kapre_like.models.training.compiling import compile_model
from kapre_like.models.training.schedule import Schedule
from kapre_like.models.vgg import ROWS, vgg
from kapre_like.models.vgg.rows import Row

RATE, CLASSES = 16000, 10
# name: (row, dtype policy, XLA, cached clips). The widths are those from which `small` was
# chosen. "plain normalization" does not use the fused operation.
CANDIDATES = {
    "tiny": (ROWS["tiny"], "float32", False, True),
    "small": (ROWS["small"], "float32", False, True),
    "small, bfloat16": (ROWS["small"], "mixed_bfloat16", False, True),
    "small, XLA": (ROWS["small"], "float32", True, True),
    "small, files decoded anew": (ROWS["small"], "float32", False, False),
    "small, plain normalization": (ROWS["small"], "float32", False, True),
    "residual": (ROWS["residual"], "float32", False, True),
    "residual, plain normalization": (ROWS["residual"], "float32", False, True),
    "widths 16-32-64-128": (Row(((1, 16), (1, 32), (1, 64), (2, 128))), "float32", False, True),
}


def write_clips(folder: Path, clips: int) -> pd.DataFrame:
    """Writes one-second WAV files of noise in ten colors and returns their table."""
    rng, rows = np.random.default_rng(0), []
    for i in range(clips):
        label = i % CLASSES
        noise = rng.normal(0, 0.1, RATE + label + 1)
        path = folder / f"{i}.wav"
        soundfile.write(path, np.convolve(noise, np.ones(label + 1), "valid")[:RATE], RATE)
        rows.append((str(path), str(label), np.nan, np.nan, 1.0))
    return pd.DataFrame(rows, columns=["path", "label", "start_s", "end_s", "duration_s"])


def candidate(
    table: pd.DataFrame, row: Row, policy: str, xla: bool, cache: bool, *, fused: bool
):
    """Returns a function that trains the epoch of a given number, and the parameter count."""
    names = [str(i) for i in range(CLASSES)]
    pipeline = Pipeline(
        table, sample_rate=RATE, shuffle=True, bucket=True, class_names=names, cache=cache
    )
    keras.config.set_dtype_policy(policy)
    ROWS["candidate"] = row
    model = vgg("candidate", class_names=names, seed=0)
    keras.config.set_dtype_policy("float32")
    compile_model(model, Schedule(epochs=100), steps=pipeline.n_batches, task="classify")
    model.jit_compile = xla
    for layer in model.layers:
        if isinstance(layer, MaskedBatchNormalization):
            layer.fused = fused

    def epoch(number: int) -> None:
        model.fit(pipeline.epoch(number), shuffle=False, verbose=0)

    return epoch, model.count_params()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=2500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="smoke test: 64 clips, 1 epoch")
    parser.add_argument("--out", help="append the JSON line to this file")
    parser.add_argument("--only", nargs="*", help="names of candidates")
    arguments = parser.parse_args()
    if arguments.quick:
        arguments.clips, arguments.rounds = 64, 1
    chosen = {k: v for k, v in CANDIDATES.items() if not arguments.only or k in arguments.only}
    with tempfile.TemporaryDirectory() as folder:
        table = write_clips(Path(folder), arguments.clips)
        made = {
            name: candidate(table, *settings, fused="plain" not in name)
            for name, settings in chosen.items()
        }
        seconds = {name: [] for name in made}
        for number in range(arguments.rounds + 1):
            for name, (epoch, _) in made.items():
                start = time.perf_counter()
                epoch(number)
                if number:
                    seconds[name].append(time.perf_counter() - start)
                    sys.stderr.write(f"{name}: {seconds[name][-1]:.1f} s\n")
    results = {
        name: {
            "median_s": round(statistics.median(values), 2),
            "min_s": round(min(values), 2),
            "max_s": round(max(values), 2),
            "parameters": made[name][1],
        }
        for name, values in seconds.items()
    }
    setting = {"clips": arguments.clips, "seconds": 1.0, "rounds": arguments.rounds}
    report("one epoch of vgg", results, out=arguments.out, **setting)


if __name__ == "__main__":
    main()
