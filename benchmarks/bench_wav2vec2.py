"""How fast is Wav2Vec2 compared with transformers on PyTorch, with the same weights?

    python benchmarks/bench_wav2vec2.py --out benchmarks/results/wav2vec2.jsonl
    python benchmarks/bench_wav2vec2.py --backend jax --what forward step --out ...

The networks have base size. transformers saves random weights, and `from_huggingface` reads
them. Clips have full length. `--what` selects the measurements:
`forward`: logits of the CTC head for every frame. Rivals take turns in one process.
`fresh`: the same, but each rival has its own processes, which take turns, because the threads
of one runtime can slow down the next.
`step`: forward pass, backward pass and AdamW of a classifier, without dropout or masking, with
all weights trainable.
`memory`: peak memory of a process with one rival, and its increase in the forward passes.
Before timing, logits are compared with those of transformers in float32. The limit is 1e-4 of
the largest value in float32, and 2e-2 in bfloat16 and int8. A rival in bfloat16 or int8 that
exceeds the limit is timed, and its result has `"within": false`. The files for onnxruntime and
OpenVINO come from `kapre_like.export`, with `quantize="int8"` or `precision="bfloat16"`.
`times_as_fast` is the ratio of medians to transformers in float32.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
from wav2vec2_rivals import (
    CLASSIFIER,
    LABELS,
    TORCH,
    original,
    our_step,
    ours,
    rivals,
    save_checkpoints,
    torch_step,
    waveforms,
)

SIZES = ((1, 1.0), (1, 10.0), (4, 5.0), (8, 1.0), (8, 10.0))
LIMIT = {"float32": 1e-4, "bfloat16": 2e-2, "int8": 2e-2}


def forward(folder, options):
    from harness import race, report

    calls = {n: make(folder, d) for n, (make, d) in rivals(options.backend).items()}
    for clips, seconds in options.sizes:
        x, length = waveforms(clips, seconds)
        expected = calls[TORCH](x, length)
        errors = {n: relative_error(call(x, length), expected) for n, call in calls.items()}
        for name, error in errors.items():
            assert "float32" not in name or error <= LIMIT["float32"], (name, error)
        bound = {name: partial(call, x, length) for name, call in calls.items()}
        results = race(bound, warmup=1, rounds=options.rounds)
        add_errors(results, errors)
        add_ratio(results)
        report(
            "wav2vec2 forward, CTC logits", results, out=options.out, clips=clips,
            seconds=seconds, rounds=options.rounds, quick=options.quick,
        )  # fmt: skip


def add_errors(results, errors):
    for name, result in results.items():
        result["error_of_largest"] = float(f"{errors[name]:.2g}")
        result["within"] = bool(errors[name] <= LIMIT[name.split()[-1]])


def relative_error(got, expected):
    return np.abs(got - expected).max() / np.abs(expected).max()


def add_ratio(results):
    for result in results.values():
        ratio = results[TORCH]["median_ms"] / result["median_ms"]
        result["times_as_fast"] = round(ratio, 2)


def fresh(folder, options):
    from harness import report, summary

    names = [name for name in rivals(options.backend) if name in (options.rivals or [name])]
    for clips, seconds in options.sizes:
        wall, cpu, errors = ({name: [] for name in names} for _ in range(3))
        for turn in range(options.turns):
            for name in names if turn % 2 == 0 else [TORCH, *names[:0:-1]]:
                times = in_process("timed", folder, name, clips, seconds, options)
                wall[name] += times["wall_ms"]
                cpu[name] += times["cpu_ms"]
                errors[name].append(times["error"])
        errors = {name: max(found) for name, found in errors.items()}
        for name, error in errors.items():
            assert "float32" not in name or error <= LIMIT["float32"], (name, error)
        results = {name: summary(ms) for name, ms in wall.items()}
        for name, result in results.items():
            result["cpu_median_ms"] = summary(cpu[name])["median_ms"]
        add_errors(results, errors)
        add_ratio(results)
        report(
            "wav2vec2 forward, CTC logits, a process each", results, out=options.out,
            clips=clips, seconds=seconds, rounds=options.rounds, turns=options.turns,
            quick=options.quick,
        )  # fmt: skip


def in_process(what, folder, name, clips, seconds, options):
    """Returns the output of a process with one rival."""
    command = [sys.executable, __file__, "--backend", options.backend]
    command += ["--rounds", str(options.rounds), "--child"]
    command += [what, str(folder), name, str(clips), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def timed(run, folder, name, clips, seconds, rounds):
    """Prints times, and the error of the logits relative to PyTorch in float32."""
    batch = waveforms(clips, seconds)
    path = folder / f"expected_{clips}x{seconds:g}.npy"
    if name == TORCH:
        np.save(path, run(*batch))
    wall, cpu, error = [], [], relative_error(run(*batch), np.load(path))
    for _ in range(rounds):
        start, before = time.perf_counter(), time.process_time()
        run(*batch)
        wall.append(1e3 * (time.perf_counter() - start))
        cpu.append(1e3 * (time.process_time() - before))
    print(json.dumps({"wall_ms": wall, "cpu_ms": cpu, "error": float(error)}))


def step(folder, options):
    from harness import race, report

    for clips, seconds in options.sizes[:3]:
        calls = {TORCH: torch_step(original(folder, CLASSIFIER, "float32"))}
        model = ours(folder, CLASSIFIER, "float32")
        calls[f"kapre_like {options.backend} float32"] = our_step(model)
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


def resident_mb(kind="VmHWM"):
    """Returns resident memory of this process: its peak, or with `"VmRSS"` that of now.

    `getrusage` begins with the peak of the parent process instead.
    """
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith(kind))
    return int(line.split()[1]) / 1024


def child(what, folder, name, clips, seconds, options):
    make, dtype = rivals(options.backend)[name]
    run = make(folder, dtype)
    if what == "timed":
        timed(run, folder, name, clips, seconds, options.rounds)
    else:
        memory_increase(run, clips, seconds)


def memory_increase(run, clips, seconds):
    """Prints the peak of this process, and its increase after a clip of one second."""
    run(*waveforms(1, 1.0))
    batch, before = waveforms(clips, seconds), resident_mb()
    for _ in range(3):
        run(*batch)
    print(json.dumps([round(resident_mb()), round(resident_mb() - before)]))


def memory(folder, options):
    from harness import report

    for clips, seconds in options.sizes:
        results = {}
        for name in rivals(options.backend):
            if name not in (options.rivals or [name]):
                continue
            # Twice, because the first process may have to write the rival's file.
            for _ in range(2):
                peak, rise = in_process("memory", folder, name, clips, seconds, options)
            results[name] = {"peak_mb": peak, "rise_mb": rise}
        report(
            "wav2vec2 forward, peak memory of a process each", results, out=options.out,
            clips=clips, seconds=seconds, quick=options.quick,
        )  # fmt: skip


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--backend", default="tensorflow", choices=["tensorflow", "jax"])
    kinds = ["forward", "fresh", "step", "memory"]
    parser.add_argument("--what", nargs="+", choices=kinds, default=kinds)
    parser.add_argument("--turns", type=int, default=3, help="fresh: processes per rival")
    parser.add_argument("--rivals", nargs="+", help="for fresh and memory: names of rivals, "
                        f"{TORCH!r} first (default: all)")  # fmt: skip
    names = [f"{clips}x{seconds:g}" for clips, seconds in SIZES]
    parser.add_argument("--sizes", nargs="+", choices=names, default=names)
    parser.add_argument(
        "--folder", help="folder for checkpoints and files (default: temporary)"
    )
    parser.add_argument("--quick", action="store_true", help="smoke test with small inputs")
    parser.add_argument("--out", help="append JSON lines to this file (default: print)")
    parser.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
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
        what, folder, name, clips, seconds = options.child
        child(what, Path(folder), name, int(clips), float(seconds), options)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(options.folder or temporary)
        if not (folder / "ForCTC").exists():
            save_checkpoints(folder, options.quick)
        for kind in options.what:
            {"forward": forward, "fresh": fresh, "step": step, "memory": memory}[kind](
                folder, options
            )


if __name__ == "__main__":
    main()
