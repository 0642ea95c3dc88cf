"""How fast is Wav2Vec2 beside transformers on PyTorch, with the same weights?

    python benchmarks/bench_wav2vec2.py --out benchmarks/results/wav2vec2.jsonl
    python benchmarks/bench_wav2vec2.py --backend jax --what forward step --out ...

Base size, random weights that transformers saved and `from_huggingface` read, full-length
clips. `forward`: logits of the CTC head for every frame. `step`: forward, backward and AdamW of
a classifier, nothing random, nothing frozen. Rivals take turns in one process; before any
clock runs they are held to the logits of transformers in float32: 1e-4 of the largest value in
float32, 2e-2 in bfloat16 and int8. What is further off is timed all the same, and says so with
`"within": false`. int8 is the ONNX file that `kapre_like.export(..., quantize="int8")` writes.
`memory`: the peak of a process that knows one rival, and how far it rose in the forward passes.
`times_as_fast` is the ratio of medians to transformers in float32.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
from wav2vec2_rivals import (
    LABELS,
    TORCH,
    our_step,
    rivals,
    save_checkpoints,
    torch_step,
    waveforms,
)

SIZES = ((1, 1.0), (1, 10.0), (8, 1.0), (8, 10.0))
LIMIT = {"float32": 1e-4, "bfloat16": 2e-2, "int8": 2e-2}


def forward(folder, options):
    from harness import race, report

    calls = {n: make(folder, d) for n, (make, d) in rivals(options.backend).items()}
    for clips, seconds in options.sizes:
        x, length = waveforms(clips, seconds)
        expected = calls[TORCH](x, length)
        errors = {n: off(call(x, length), expected) for n, call in calls.items()}
        for name, error in errors.items():
            assert "float32" not in name or error <= LIMIT["float32"], (name, error)
        bound = {name: partial(call, x, length) for name, call in calls.items()}
        results = race(bound, warmup=1, rounds=options.rounds)
        for name, result in results.items():
            limit = LIMIT[name.split()[-1]]
            result["error_of_largest"] = float(f"{errors[name]:.2g}")
            result["within"] = bool(errors[name] <= limit)
        add_ratio(results)
        report(
            "wav2vec2 forward, CTC logits", results, out=options.out, clips=clips,
            seconds=seconds, rounds=options.rounds, quick=options.quick,
        )  # fmt: skip


def off(got, expected):
    return np.abs(got - expected).max() / np.abs(expected).max()


def add_ratio(results):
    for result in results.values():
        ratio = results[TORCH]["median_ms"] / result["median_ms"]
        result["times_as_fast"] = round(ratio, 2)


def step(folder, options):
    from harness import race, report

    for clips, seconds in options.sizes[:3]:
        calls = {TORCH: torch_step(folder)}
        calls[f"kapre_like {options.backend} float32"] = our_step(folder)
        x, _ = waveforms(clips, seconds)
        labels = np.arange(clips) % LABELS
        for _ in range(2):
            first, second = (call(x, labels) for call in calls.values())
            np.testing.assert_allclose(second, first, rtol=1e-3)
        bound = {name: partial(call, x, labels) for name, call in calls.items()}
        results = race(bound, warmup=1, rounds=options.rounds)
        add_ratio(results)
        report(
            "wav2vec2 training step, classifier, AdamW", results, out=options.out, clips=clips,
            seconds=seconds, rounds=options.rounds, quick=options.quick,
        )  # fmt: skip


def peak_mb():
    """Of this program alone: what `getrusage` says begins with its parent's peak."""
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def child(folder, name, clips, seconds, backend):
    """Prints the peak of this process, and its rise over that of a clip of one second."""
    make, dtype = rivals(backend)[name]
    run = make(folder, dtype)
    run(*waveforms(1, 1.0))
    batch, before = waveforms(clips, seconds), peak_mb()
    for _ in range(3):
        run(*batch)
    print(json.dumps([round(peak_mb()), round(peak_mb() - before)]))


def memory(folder, options):
    from harness import report

    for clips, seconds in options.sizes:
        results = {}
        for name in rivals(options.backend):
            if name.endswith("int8") and not (folder / "int8.onnx").exists():
                continue
            command = [sys.executable, __file__, "--backend", options.backend, "--child"]
            command += [str(folder), name, str(clips), str(seconds)]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            peak, rise = json.loads(done.stdout.splitlines()[-1])
            results[name] = {"peak_mb": peak, "rise_mb": rise}
        report(
            "wav2vec2 forward, peak memory of a process each", results, out=options.out,
            clips=clips, seconds=seconds, quick=options.quick,
        )  # fmt: skip


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--backend", default="tensorflow", choices=["tensorflow", "jax"])
    kinds = ["forward", "step", "memory"]
    parser.add_argument("--what", nargs="+", choices=kinds, default=kinds)
    names = [f"{clips}x{seconds:g}" for clips, seconds in SIZES]
    parser.add_argument("--sizes", nargs="+", choices=names, default=names)
    parser.add_argument("--folder", help="keep checkpoints and files here; else forgotten")
    parser.add_argument("--quick", action="store_true", help="does it run? judges nothing")
    parser.add_argument("--out", help="append JSON lines to this file; else they are printed")
    parser.add_argument("--child", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    sizes = [tuple(map(float, name.split("x"))) for name in options.sizes]
    options.sizes = [(int(clips), seconds) for clips, seconds in sizes]
    if options.quick:
        options.sizes, options.rounds = [(2, 0.5)], 2
    return options


def main():
    options = parsed()
    os.environ["KERAS_BACKEND"] = options.backend
    if options.child:
        folder, name, clips, seconds = options.child
        child(Path(folder), name, int(clips), float(seconds), options.backend)
        return
    with tempfile.TemporaryDirectory() as forgotten:
        folder = Path(options.folder or forgotten)
        if not (folder / "ForCTC").exists():
            save_checkpoints(folder, options.quick)
        for kind in options.what:
            {"forward": forward, "step": step, "memory": memory}[kind](folder, options)


if __name__ == "__main__":
    main()
