"""What do the inner folds cost and lose if rows are drawn per tree or per level of a tree?

    python benchmarks/bench_tree_sampling.py FSDD --out benchmarks/results/tree_sampling.jsonl

Boosted trees are grown as in the family `boosted`, with five inner folds over speakers, on 372
clips of which 80 % belong to one class. Each run has its own process, whose peak memory is
measured. Accuracy is that of the fold models on speakers who are not in their training data.
FSDD is a folder with the recordings of the Free Spoken Digit Dataset and `labels.csv`.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

KINDS = ("PerTree", "PerTreeLevel")


def grown(file, kind, seed, max_trees):
    """Grows the trees for one draw of clips and returns their figures."""
    from sklearn.metrics import balanced_accuracy_score

    from kapre_like.models.artifact.machine import peak_memory_mb
    from kapre_like.models.training import trees
    from kapre_like.models.training.growing import grow

    data = np.load(file)
    targets, n_classes = data["targets"], int(data["targets"].max()) + 1
    settings = {**trees.default_settings("classify"), "sampling_frequency": kind}
    before, began = time.process_time(), time.perf_counter()
    found = grow(
        data["rows"], targets, data["masks"], data["columns"].tolist(), n_classes, settings,
        seed=seed, max_trees=max_trees, log=str,
    )  # fmt: skip
    return {
        "seconds": time.perf_counter() - began,
        "cpu_seconds": time.process_time() - before,
        "peak_memory_mb": peak_memory_mb(),
        "trees": found.booster.tree_count_,
        "valid_loss": min(found.history["valid_loss"]),
        "balanced_accuracy": float(
            balanced_accuracy_score(targets, found.held_out.argmax(axis=1))
        ),
    }


def write_draw(path, digits, seed):
    """Writes features, targets and inner folds of one draw; returns the number of clips."""
    from unbalanced import draw

    from kapre_like.models.training.inner_folds import inner_folds

    table, rows, columns = digits
    chosen = draw(table, seed)
    part = table.iloc[chosen].reset_index(drop=True)
    targets = part["label"].astype(int).to_numpy()
    masks = inner_folds(part, targets, int(targets.max()) + 1, seed=seed).masks
    np.savez(path, rows=rows[chosen], columns=columns, targets=targets, masks=masks)
    return len(part)


def quick_digits():
    """Returns random numbers instead of features, for a smoke test."""
    import pandas as pd

    rng = np.random.default_rng(0)
    table = pd.DataFrame({"label": np.tile(list("01234"), 60), "group": np.arange(300) // 50})
    rows = rng.normal(size=(300, 20)).astype("float32")
    return table.astype(str), rows, [f"c{n}" for n in range(20)]


def child(file, kind, seed, max_trees):
    """Returns the figures of `grown`, which runs in its own process."""
    arguments = [file, kind, seed, max_trees or 0]
    done = subprocess.run(
        [sys.executable, __file__, "--child", *map(str, arguments)],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return json.loads(done.stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--draws", type=int, default=4)
    parser.add_argument("--quick", action="store_true", help="smoke test with small inputs")
    parser.add_argument("--out", type=Path, help="append JSON lines (default: print)")
    options = parser.parse_args()
    from harness import report
    from unbalanced import digits

    data = quick_digits() if options.quick else digits(options.folder)
    draws, max_trees = (1, 5) if options.quick else (options.draws, None)
    found = {kind: [] for kind in KINDS}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(draws):
            file = Path(folder) / f"{seed}.npz"
            n = write_draw(file, data, seed)
            for kind in KINDS:
                found[kind].append(child(file, kind, seed, max_trees))
    for kind, runs in found.items():
        means = {name: statistics.fmean(run[name] for run in runs) for name in runs[0]}
        facts = {"clips": n, "columns": data[1].shape[1], "draws": draws}
        report(f"rows drawn {kind}", {"mean": means, "each": runs}, out=options.out, **facts)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        file, kind, seed, max_trees = sys.argv[2:]
        print(json.dumps(grown(file, kind, int(seed), int(max_trees) or None)))
    else:
        main()
