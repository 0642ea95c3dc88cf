"""Times callables fairly: after warm-up, blocking, in turn, with a record of the machine."""

import importlib.metadata
import json
import os
import platform
import statistics
import sys
import time
from pathlib import Path

import keras
import numpy as np

RECORDED = (
    "keras", "tensorflow", "jax", "torch", "transformers", "onnxruntime", "openvino", "numpy",
    "kapre", "librosa", "nnaudio", "catboost", "scikit-learn", "ctc-beam-decoder",
)  # fmt: skip


def _finish(result):
    """Waits for the device. The time includes the copy to the host, as for all rivals."""
    keras.tree.map_structure(np.asarray, result)


def race(rivals, *, warmup=5, rounds=30):
    """Times `{name: callable}` in turn, so that changes of the machine affect all equally.

    Every second round runs in reverse, so that no rival always follows the same one.

    Returns:
        `{name: {"median_ms", "p10_ms", "p90_ms"}}`; warm-up (tracing, JIT) is not counted.
    """
    for call in rivals.values():
        for _ in range(warmup):
            _finish(call())
    times = {name: [] for name in rivals}
    for turn in range(max(2, rounds)):
        order = list(rivals.items())
        for name, call in order if turn % 2 == 0 else reversed(order):
            start = time.perf_counter()
            _finish(call())
            times[name].append(1e3 * (time.perf_counter() - start))
    return {name: summary(ms) for name, ms in times.items()}


def summary(ms):
    """Returns median, 10th and 90th percentile of milliseconds."""
    tenths = statistics.quantiles(ms, n=10, method="inclusive")
    return {
        "median_ms": round(statistics.median(ms), 3),
        "p10_ms": round(tenths[0], 3),
        "p90_ms": round(tenths[-1], 3),
    }


def where():
    """Returns the machine, its load and the versions of packages."""
    versions = {}
    for name in RECORDED:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    affinity = getattr(os, "sched_getaffinity", None)
    threads = {
        k: v for k, v in os.environ.items() if k.endswith("_NUM_THREADS") or "OP_THR" in k
    }
    return {
        "cpu": _cpu(),
        "cores": len(affinity(0)) if affinity else os.cpu_count(),
        "threads": threads,
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "python": platform.python_version(),
        "backend": keras.config.backend(),
        "versions": versions,
    }


def _cpu():
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def report(title, results, *, out=None, **setting):
    """Writes one JSON line with title, command, date, setting, machine and results.

    Args:
        title: What was measured, in words.
        results: A dict of figures, such as the return value of `race`.
        out: File to append the line to. `None` prints it.
        **setting: Sizes and options that the numbers depend on.
    """
    command = ["python", f"benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]]
    line = json.dumps(
        {
            "title": title,
            "command": " ".join(command),
            "date": time.strftime("%Y-%m-%d"),
            "setting": setting,
            "where": where(),
            "results": results,
        }
    )
    if out is None:
        sys.stdout.write(line + "\n")
        return
    with Path(out).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
