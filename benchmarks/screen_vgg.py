"""Which settings of `vgg` improve the metric on a data set?

    python benchmarks/screen_vgg.py DATA.csv --group-column speaker --test theo \
        --try default --try 'plain: row=small augment=none' --out RESULTS.jsonl

Each candidate is trained with one seed on one fold. The clips of the groups in `--test` are
the test data; all others are for training. `--inside`
removes the test clips and tests on a quarter of the training groups instead, so that settings
are not chosen on the test data. Each candidate is one line. A candidate with a line in `--out`
is not trained again. With `--work DIR`, an interrupted training resumes after its last epoch.
"""

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
from harness import report

TITLE = "screening of vgg"
FIGURE = {"classify": "balanced_accuracy", "regress": "pearson"}


def candidate(text):
    """Returns the name and the settings of `NAME: KEY=VALUE KEY=VALUE`."""
    name, _, rest = text.partition(":")
    pairs = (pair.split("=", 1) for pair in rest.split())
    return name.strip(), {key: parsed(value) for key, value in pairs}


def parsed(value):
    try:
        return json.loads(value)
    except json.JSONDecodeError:
        return value


def sides(table, tests, fold, seed, *, inside):
    """Returns the training clips and the test clips."""
    from kapre_like.audio.splits import folds, hold_out

    if tests:
        held = table["group"].isin(tests).to_numpy()
    else:
        number, of = fold
        held = folds(table, of, seed)[number - 1][1]
    if not inside:
        return table[~held], table[held]
    table = table[~held].reset_index(drop=True)
    held = hold_out(table, seed=seed, share=0.25)
    return table[~held], table[held]


def trained_and_tested(train_rows, test_rows, task, seed, settings, folder):
    """Trains on one part of a table and returns metrics on the rest, and seconds."""
    from kapre_like import audio, load_predictor
    from kapre_like.models import train
    from kapre_like.models.experiment.intervals import judged

    epochs = settings.pop("epochs", None)
    manifest = folder / "train.csv"
    train_rows.to_csv(manifest, index=False)
    start = time.perf_counter()
    recipe = train(
        manifest, model="vgg", out=folder / "model", task=task, seed=seed, settings=settings,
        epochs=epochs, group_column="group", calibrate=False, overwrite=True,
        log=lambda line: sys.stderr.write(line + "\n"),
    )  # fmt: skip
    seconds = time.perf_counter() - start
    model = load_predictor(folder / "model")
    clips = [audio.read(path, sample_rate=16000) for path in test_rows["path"]]
    key = "label" if task == "classify" else "score"
    predicted = [one[key] for one in model.predict([np.asarray(clip) for clip in clips])]
    found = judged(task, test_rows["label"].tolist(), predicted, test_rows["group"].tolist())
    figures = {name: round(value, 4) for name, value in found.values.items()}
    chosen = {key: recipe["settings"].get(key) for key in ("epochs", "best_epoch", "row")}
    return {**figures, **chosen, "seconds_train": round(seconds, 1)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="CSV with a column `path`")
    parser.add_argument("--task", choices=FIGURE, default="classify")
    parser.add_argument("--label-column", default="label")
    parser.add_argument("--group-column", required=True)
    parser.add_argument("--test", nargs="*", help="groups of the test")
    parser.add_argument(
        "--fold", default="1/5", help="test fold if --test is absent (default: 1/5)"
    )
    parser.add_argument(
        "--inside", action="store_true", help="test on a part of the training groups"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--try", dest="candidates", action="append", default=[])
    parser.add_argument("--work", type=Path, help="folder for checkpoints (default: temporary)")
    parser.add_argument("--out", type=Path, help="append the JSON lines to this file")
    arguments = parser.parse_args()
    table = pd.read_csv(arguments.data, dtype={arguments.group_column: str})
    table = pd.DataFrame(
        {
            "path": [str((arguments.data.parent / p).resolve()) for p in table["path"]],
            "label": table[arguments.label_column],
            "group": table[arguments.group_column],
        }
    )
    if arguments.task == "classify":
        table["label"] = table["label"].astype(str)
    fold = tuple(int(part) for part in arguments.fold.split("/"))
    train_rows, test_rows = sides(
        table, arguments.test, fold, arguments.seed, inside=arguments.inside
    )
    where = {
        "data": arguments.data.parent.name, "label": arguments.label_column,
        "test": arguments.test or f"fold {arguments.fold}", "inside": arguments.inside,
        "seed": arguments.seed,
    }  # fmt: skip
    done = []
    if arguments.out and arguments.out.is_file():
        done = [json.loads(line)["setting"] for line in arguments.out.open(encoding="utf-8")]
    for name, settings in map(candidate, arguments.candidates or ["default"]):
        setting = {**where, "candidate": name, "settings": settings}
        if setting in done:
            continue
        with tempfile.TemporaryDirectory() as folder:
            folder = arguments.work / name if arguments.work else Path(folder)
            folder.mkdir(parents=True, exist_ok=True)
            results = trained_and_tested(
                train_rows, test_rows, arguments.task, arguments.seed, dict(settings), folder
            )
        report(TITLE, results, out=arguments.out, **setting)
        sys.stderr.write(f"{name}: {results[FIGURE[arguments.task]]} {results}\n")


if __name__ == "__main__":
    main()
