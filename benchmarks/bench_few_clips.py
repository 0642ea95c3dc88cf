"""How many clips per class do trees, a probe, a convnet and fine-tuning need?

    python benchmarks/bench_few_clips.py FSDD --backbone speech_embedding \
        --out benchmarks/results/few_clips.jsonl

FSDD is a folder with the recordings of the Free Spoken Digit Dataset and `labels.csv`. Each of
three seeds tests on two of the six speakers, so that every speaker is in one test. The training
data are 5, 10, 20 or 50 clips per digit of the other four speakers, divided as equally as
possible. All models are trained on the same clips. The interval resamples speakers.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from harness import report

MODELS = ("boosted", "probe", "vgg", "finetune")
SIZES = (5, 10, 20, 50)
TEST_TAKES = 20


def split_of(table, seed, clips):
    """Returns the training and test rows of one seed, with a column `split`."""
    speakers = sorted(table["speaker"].unique())
    third = seed % 3
    in_test = table["speaker"].isin(speakers[2 * third : 2 * third + 2])
    test = table[in_test & (table["take"] < TEST_TAKES)].assign(split="test")
    rng = np.random.default_rng(seed)
    rest = table[~in_test].sample(frac=1, random_state=int(rng.integers(2**31)))
    # First clips of all speakers come before second clips, so that speakers are balanced.
    turn = rest.groupby(["label", "speaker"]).cumcount()
    rest = rest.assign(turn=turn).sort_values("turn", kind="stable")
    chosen = rest.groupby("label").head(clips).drop(columns="turn").assign(split="train")
    return pd.concat([chosen, test])


def trained(model, manifest, folder, settings, seed):
    """Trains a model and returns the test clips with a column `predicted`."""
    from kapre_like.models import predict, train

    out = folder / model
    train(
        manifest, model=model, out=out, task="classify", group_column="speaker",
        settings=settings, seed=seed, overwrite=True,
    )  # fmt: skip
    table = pd.read_csv(manifest, dtype=str)
    test = table[table["split"] == "test"]
    predictions = predict(out, test["path"].tolist())
    return test.assign(predicted=[one["label"] for one in predictions])


def scores(tests):
    """Returns the accuracy over all seeds, its 95 % interval, and the accuracy of each seed."""
    from kapre_like.models.experiment.intervals import judged

    whole = pd.concat(tests)
    found = judged(
        "classify", *(whole[name].tolist() for name in ("label", "predicted", "speaker"))
    )
    return {
        "accuracy": round(found.values["accuracy"], 4),
        "interval": [round(end, 4) for end in found.intervals["accuracy"]],
        "by_seed": [round(float((t["label"] == t["predicted"]).mean()), 4) for t in tests],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--backbone", default="speech_embedding")
    parser.add_argument("--models", default=",".join(MODELS))
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="smoke test with small inputs")
    parser.add_argument("--out", type=Path, help="append JSON lines (default: print)")
    options = parser.parse_args()
    if options.quick:
        options.folder = None
        options.models, options.sizes, options.seeds = "boosted", "5", 1
    table = digits(options.folder)
    sizes = [int(size) for size in options.sizes.split(",")]
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        for clips in sizes:
            found = {}
            for model in options.models.split(","):
                settings = {"max_trees": 5} if options.quick else {}
                if model in ("probe", "finetune"):
                    settings = {"backbone": options.backbone}
                tests = []
                for seed in range(options.seeds):
                    manifest = folder / f"{clips}_{seed}.csv"
                    split_of(table, seed, clips).to_csv(manifest, index=False)
                    tests.append(trained(model, manifest, folder, settings, seed))
                found[model] = scores(tests)
                print(clips, model, found[model], flush=True)
            facts = {"clips_per_class": clips, "seeds": options.seeds}
            report(
                f"{clips} clips per class", found, out=options.out, **facts,
                backbone=options.backbone,
            )  # fmt: skip


def digits(folder):
    """Returns the table of recordings. Without a folder, it is the shipped corpus."""
    if folder is not None:
        table = pd.read_csv(folder / "labels.csv", dtype={"label": str})
        return table.assign(path=[str(folder.resolve() / name) for name in table["path"]])
    shipped = Path(__file__).resolve().parents[1] / "examples" / "data" / "spoken_digits"
    table = pd.read_csv(shipped / "manifest.csv", dtype={"label": str})
    paths = [str(shipped / name) for name in table["path"]]
    takes = table.groupby(["label", "speaker"]).cumcount()
    return table.assign(path=paths, take=takes)[["path", "label", "speaker", "take"]]


if __name__ == "__main__":
    main()
