"""Which power of the class counts should weight rare classes?

    python benchmarks/bench_class_weights.py FSDD --out benchmarks/results/class_weights.jsonl

The weight of a class is `1 / count ** exponent`. Linear models and boosted trees are trained on
clips of which 80 % belong to one class. Each speaker is left out of training once, and the
model predicts that speaker's clips. FSDD is a folder with the recordings of the Free Spoken
Digit Dataset and `labels.csv`.
"""

import argparse
import time
from pathlib import Path
from unittest import mock

import numpy as np
from harness import report
from sklearn.metrics import balanced_accuracy_score
from unbalanced import SHARES, digits, draw

from kapre_like.models.training import labels, linear, trees

EXPONENTS = (0.0, 0.5, 0.75, 1.0)


def linear_answers(train, test, columns, n_trees):
    del columns, n_trees
    (fitted,) = linear.fit(*train, len(SHARES), [linear.USUAL])
    return linear.answers(linear.logits(fitted, test), len(SHARES))


def tree_answers(train, test, columns, n_trees):
    settings = trees.default_settings("classify")
    booster = trees.fit("classify", settings, *train, columns, seed=0, n_trees=n_trees)
    return trees.answers(booster, test, len(SHARES))


MODELS = {"linear": linear_answers, "trees": tree_answers}


def accuracies(model, part, columns, n_trees):
    """Returns balanced and plain accuracy in percent, with each speaker left out once."""
    rows, targets, groups = part
    output = np.zeros((len(targets), len(SHARES)))
    for speaker in np.unique(groups):
        test = groups == speaker
        train = rows[~test], targets[~test]
        output[test] = MODELS[model](train, rows[test], columns, n_trees)
    predicted = output.argmax(axis=1)
    balanced = balanced_accuracy_score(targets, predicted)
    return 100 * balanced, 100 * float(np.mean(predicted == targets))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--draws", type=int, default=4)
    parser.add_argument("--trees", type=int, default=100)
    parser.add_argument("--columns", type=int, nargs="+", default=[30, 120])
    parser.add_argument("--quick", action="store_true", help="smoke test with small inputs")
    parser.add_argument("--out", type=Path, help="append JSON lines (default: print)")
    options = parser.parse_args()
    if options.quick:
        from bench_tree_sampling import quick_digits

        options.draws, options.trees, options.columns = 1, 2, [5]
    table, rows, columns = quick_digits() if options.quick else digits(options.folder)
    rng = np.random.default_rng(0)
    sizes = [*options.columns, len(columns)]
    draws = options.draws
    for model in MODELS:
        for size in sizes:
            began, found = time.perf_counter(), {exponent: [] for exponent in EXPONENTS}
            for seed in range(draws):
                chosen = draw(table, seed)
                few = rng.permutation(len(columns))[:size]
                targets = table["label"].iloc[chosen].astype(int).to_numpy()
                groups = table["group"].iloc[chosen].to_numpy()
                part = rows[np.ix_(chosen, few)], targets, groups
                for exponent, values in found.items():
                    with mock.patch.object(labels, "TEMPER", exponent):
                        names = [columns[i] for i in few]
                        values.append(accuracies(model, part, names, options.trees))
            figures = {exponent: np.array(values).T for exponent, values in found.items()}
            results = {
                "balanced_accuracy": {str(e): float(v[0].mean()) for e, v in figures.items()},
                "accuracy": {str(e): float(v[1].mean()) for e, v in figures.items()},
                "standard_error_of_difference_to_0.75": {
                    str(e): float(np.std(v[0] - figures[0.75][0], ddof=1) / draws**0.5)
                    for e, v in figures.items()
                    if e != 0.75 and draws > 1
                },
                "each": {str(e): v[0].tolist() for e, v in figures.items()},
                "seconds": time.perf_counter() - began,
            }
            facts = {"model": model, "columns": size, "draws": draws, "clips": len(chosen)}
            report("class weights", results, out=options.out, **facts, trees=options.trees)


if __name__ == "__main__":
    main()
