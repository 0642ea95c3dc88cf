"""Does a small Wav2Vec2 network learn from random weights: text, voice activity, digits?

`ctc DATA/yesno`, `frames DATA/ami` and `transfer DATA` train for minutes on real recordings
(see `learning_ctc.py`, `learning_frames.py`, `learning_transfer.py`). `table` prints the
results of `transfer` so far. `--quick` trains for a few steps on synthetic sound, as a smoke
test.
"""

import argparse
import json
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import learning_ctc
import learning_frames
import learning_transfer
import numpy as np
from harness import report

RESULTS = Path(__file__).parent / "results" / "wav2vec2_learning.jsonl"
TITLES = {
    "ctc": "CTC from random weights on yesno, words of held-out files",
    "frames": "voice activity from random weights on AMI, leave one excerpt out",
    "transfer": "FSDD leave one speaker out, few labels, with and without pretraining",
}


def log(line):
    print(line, flush=True)


def quick():
    """Trains `ctc` and `frames` for a few steps on bursts of noise."""
    rng = np.random.default_rng(0)

    def bursts():
        on = np.repeat(rng.permutation([0, 1] * 8), 4000)
        return (rng.normal(0, 0.2, len(on)) * (0.05 + on)).astype("float32")

    spoken = [(np.repeat([0.05, 1, 0.05], 4000) * rng.normal(0, 0.2, 12000), "YES")] * 20
    _, results = learning_ctc.run(None, steps=2, clips=spoken, log=log)
    report(TITLES["ctc"], results, quick=True)
    clips = {name: (bursts(), [(1.0, 2.0, 1)]) for name in "ab"}
    _, results = learning_frames.run(None, steps=2, clips=clips, log=log)
    report(TITLES["frames"], results, quick=True)


def transfer(options):
    """Runs the cases of `transfer` that have no result yet."""
    names = ("arm", "speaker", "seed")
    done = {tuple(line["setting"][name] for name in names) for line in finished(options)}

    def add(setting, results):
        report(TITLES["transfer"], results, out=options.out, **setting)

    learning_transfer.run(
        options.data, options.work, steps=options.steps, minutes=options.minutes,
        seeds=range(options.seeds), done=done, add=add, epochs=options.epochs,
        arms=options.arms, log=log,
    )  # fmt: skip


def finished(options):
    """Returns the results of `transfer` with the same settings."""
    path = Path(options.out)
    found = map(json.loads, path.read_text("utf-8").splitlines() if path.exists() else [])
    wanted = {"pretraining_steps": options.steps or 600, "epochs": options.epochs}
    return [
        line
        for line in found
        if line["title"] == TITLES["transfer"] and wanted.items() <= line["setting"].items()
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("task", nargs="?", choices=[*TITLES, "table"])
    parser.add_argument("data", nargs="?", help="folder of the recordings")
    parser.add_argument(
        "--steps", type=int, help="training steps (transfer: pretraining steps)"
    )
    parser.add_argument("--rate", type=float)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--features", choices=["logmel"], help="frames: log-mel instead of convolutions"
    )
    parser.add_argument("--seeds", type=int, default=3, help="transfer: number of seeds")
    arms = learning_transfer.ARMS
    parser.add_argument(
        "--arms", nargs="+", choices=arms, default=arms, help="transfer: starting weights"
    )
    epochs = learning_transfer.EPOCHS
    parser.add_argument(
        "--epochs", type=int, default=epochs, help="transfer: epochs of fine-tuning"
    )
    parser.add_argument(
        "--minutes", type=float, help="transfer: maximum minutes of pretraining"
    )
    parser.add_argument(
        "--work", default="/tmp/wav2vec2_learning", help="folder for checkpoints"
    )
    parser.add_argument("--quick", action="store_true", help="smoke test with small inputs")
    parser.add_argument("--out", default=str(RESULTS), help="append JSON lines to this file")
    options = parser.parse_args()
    if options.task in ("transfer", "table"):
        options.steps = options.steps or learning_transfer.STEPS
    if options.quick or options.task is None:
        quick()
    elif options.task == "table":
        log("\n".join(learning_transfer.table(finished(options))))
    elif options.task == "transfer":
        transfer(options)
    else:
        part = {"ctc": learning_ctc, "frames": learning_frames}[options.task]
        names = ("steps", "rate", "features")
        chosen = {name: v for name in names if (v := getattr(options, name)) is not None}
        setting, results = part.run(options.data, seed=options.seed, log=log, **chosen)
        report(TITLES[options.task], results, out=options.out, **setting)
        log(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
