"""Which CatBoost settings give the most right answers per second on a table of clip features?

    python benchmarks/bench_catboost_settings.py MANIFEST --sample-rate 16000 \
        --out benchmarks/results/catboost_settings.jsonl

Each rival changes one setting of `kapre_like.models.training.trees.default_settings`. All grow
the same number of trees on all groups but one, and predict the clips of that group (a speaker
who is not in the training data). Rivals take turns within a fold, so that other load on the
machine slows all of them equally. CatBoost's own defaults and ordered boosting run on the first
fold only and stop at a time limit.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import resource
import statistics
import sys
import time
from pathlib import Path

import catboost
import numpy as np

from kapre_like.audio import folds, read_dataset
from kapre_like.features import feature_table
from kapre_like.models.training import trees

RIVALS = {
    "ours": {},
    "depth=4": {"depth": 4},
    "depth=8": {"depth": 8},
    "learning_rate=0.1": {"learning_rate": 0.1},
    "rsm=0.02": {"rsm": 0.02},
    "rsm=0.2": {"rsm": 0.2},
    "border_count=128": {"border_count": 128},
    "leaf_estimation_iterations=5": {"leaf_estimation_iterations": 5},
    "no subsample": {"bootstrap_type": "No", "subsample": None},
}
SLOW = {
    "ordered boosting": {"boosting_type": "Ordered"},
    "catboost defaults": None,
}


class Limit:
    """Stops training at a time limit."""

    def __init__(self, seconds):
        self.end = time.perf_counter() + seconds

    def after_iteration(self, info):  # noqa: ARG002 -- CatBoost passes it
        return time.perf_counter() < self.end


def booster(changes, n_trees):
    if changes is None:  # CatBoost's defaults: 1000 trees, its learning rate and depth
        return catboost.CatBoostClassifier(
            loss_function="MultiClass", random_seed=0, thread_count=os.cpu_count(),
            allow_writing_files=False, logging_level="Silent",
        )  # fmt: skip
    settings = {**trees.default_settings("classify"), **changes}
    settings = {name: value for name, value in settings.items() if value is not None}
    return trees.new_booster("classify", settings, seed=0, n_trees=n_trees)


def run(changes, train, test, n_trees, limit_s):
    """Returns wall and CPU seconds, trees, and accuracy with a third and all of the trees."""
    model = booster(changes, n_trees)
    used, began = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    model.fit(*train, callbacks=[Limit(limit_s)])
    seconds = time.perf_counter() - began
    now = resource.getrusage(resource.RUSAGE_SELF)
    cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    third = max(1, model.tree_count_ // 3)
    right = [
        float((model.predict(test[0], ntree_end=end)[:, 0] == test[1]).mean())
        for end in (third, model.tree_count_)
    ]
    return {
        "seconds": seconds, "cpu_seconds": cpu, "trees": model.tree_count_,
        "accuracy_at_a_third": right[0], "accuracy": right[1],
    }  # fmt: skip


def where():
    return {
        "cpu": platform.processor() or platform.machine(), "cores": os.cpu_count(),
        "load": os.getloadavg()[0], "python": platform.python_version(),
        "catboost": importlib.metadata.version("catboost"),
    }  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--label-column", default="label")
    parser.add_argument("--sample-rate", type=int, default=16000)
    parser.add_argument(
        "--folds", type=int, default=3, help="number of folds, each without one group"
    )
    parser.add_argument("--trees", type=int, default=300)
    parser.add_argument("--limit", type=float, default=120.0, help="seconds per slow rival")
    parser.add_argument("--quick", action="store_true", help="smoke test with small inputs")
    parser.add_argument("--out", type=Path, help="write JSON lines (default: print)")
    options = parser.parse_args()
    if options.quick:
        options.folds, options.trees, options.limit = 1, 5, 2.0

    table = read_dataset(options.manifest, label_column=options.label_column)
    rows, columns = feature_table(table, {"sample_rate": options.sample_rate})
    labels = table["label"].map(table.attrs["class_names"].index).to_numpy()
    results = {name: [] for name in (*RIVALS, *SLOW)}
    for fold, (group, test) in enumerate(
        folds(table, "leave-one-group-out", 0)[: options.folds]
    ):
        for name, changes in {**RIVALS, **(SLOW if fold == 0 else {})}.items():
            sides = (rows[~test], labels[~test]), (rows[test], labels[test])
            limit = options.limit if name in SLOW else float("inf")
            figures = run(changes, *sides, options.trees, limit)
            results[name].append({"without": group, **figures})
            print(name, results[name][-1], file=sys.stderr, flush=True)

    setting = {
        "command": " ".join(["python benchmarks/bench_catboost_settings.py",
                             options.manifest.name, *sys.argv[2:]]),
        "clips": len(table), "columns": len(columns), "classes": len(set(labels)),
    }  # fmt: skip
    lines = []
    for name, runs in results.items():
        median = {
            key: statistics.median(run[key] for run in runs)
            for key in ("seconds", "cpu_seconds", "trees")
        }
        mean = {"accuracy": float(np.mean([run["accuracy"] for run in runs]))}
        line = {"title": name, "setting": setting, "where": where()}
        lines.append(json.dumps({**line, "results": {**median, **mean}, "folds": runs}))
    if options.out is None:
        print("\n".join(lines))
    else:
        options.out.write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
