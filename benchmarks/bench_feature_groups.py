"""Which groups of clip features are most informative about clips of a new speaker?

    python benchmarks/bench_feature_groups.py MANIFEST --sample-rate 16000 \
        --out benchmarks/results/feature_groups.jsonl

Boosted trees are trained on one group of columns at a time, with the settings of the family
`boosted` and a fixed number of trees. Each speaker is left out once. Seconds are CPU seconds of
training per fold.
"""

import argparse
import json
import re
import resource
import sys
from pathlib import Path

import numpy as np

from kapre_like.audio import folds, read_dataset
from kapre_like.features import feature_table
from kapre_like.models.training import trees

GROUPS = {
    "mel": r"mel_",
    "mel, descriptors, wave, level": r"(?!cep|dcep|part|active|timing)",
    "cepstra and their slopes": r"cep_|dcep_",
    "parts": r"part|active",
    "parts and timing": r"part|active|timing",
    "all but parts": r"(?!part|active)",
    "all": r"",
}


def run(rows, labels, test, n_trees):
    settings = trees.default_settings("classify")
    model = trees.new_booster("classify", settings, seed=0, n_trees=n_trees)
    before = resource.getrusage(resource.RUSAGE_SELF)
    model.fit(rows[~test], labels[~test])
    now = resource.getrusage(resource.RUSAGE_SELF)
    right = (model.predict(rows[test])[:, 0] == labels[test]).mean()
    seconds = now.ru_utime + now.ru_stime - before.ru_utime - before.ru_stime
    return float(right), seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--sample-rate", type=int, default=16000)
    parser.add_argument("--trees", type=int, default=150)
    parser.add_argument("--quick", action="store_true", help="smoke test with small inputs")
    parser.add_argument("--out", type=Path, help="write JSON lines (default: print)")
    options = parser.parse_args()

    table = read_dataset(options.manifest)
    rows, columns = feature_table(table, {"sample_rate": options.sample_rate})
    labels = table["label"].map(table.attrs["class_names"].index).to_numpy()
    stages = folds(table, "leave-one-group-out", 0)[: 1 if options.quick else None]
    lines = []
    for name, pattern in GROUPS.items():
        chosen = np.array([bool(re.match(pattern, column)) for column in columns])
        n_trees = 3 if options.quick else options.trees
        runs = {who: run(rows[:, chosen], labels, test, n_trees) for who, test in stages}
        lines.append({
            "title": name, "columns": int(chosen.sum()), "trees": n_trees,
            "data": options.manifest.parent.name, "sample_rate": options.sample_rate,
            "accuracy": round(float(np.mean([right for right, _ in runs.values()])), 4),
            "cpu_seconds": round(float(np.mean([cpu for _, cpu in runs.values()])), 2),
            "folds": {who: round(right, 4) for who, (right, _) in runs.items()},
        })  # fmt: skip
        print(lines[-1], file=sys.stderr, flush=True)
    text = "\n".join(json.dumps(line) for line in lines) + "\n"
    if options.out is None:
        print(text, end="")
    else:
        options.out.write_text(text, "utf-8")


if __name__ == "__main__":
    main()
