"""Does pretraining without labels help? FSDD, tested on a speaker who is not in training.

The network "wav2vec2-tiny" starts from random weights, and from a checkpoint that
`kapre-like pretrain` made from speechocean762, yesno and AMI. The checkpoint contains no
recording of FSDD, so none of a test speaker. All pretraining audio is resampled to 8 kHz, the
rate of FSDD, and then to the 16 kHz of the network. Both arms are trained on the same labeled
clips of five speakers, in the same order, with the same settings and all weights trainable. The
test has all clips of the sixth speaker.

Each result is a JSON line. Runs that have a line are skipped, so an interrupted run resumes.
"""

import csv
import json
import time
from pathlib import Path

import keras
import numpy as np
import soundfile

from kapre_like.audio.decode import read
from kapre_like.audio.folder import audio_below
from kapre_like.models import pretrain
from kapre_like.models.artifact.predicting import compiled
from kapre_like.models.wav2vec2 import from_huggingface, wav2vec2

RATE, SETS = 16000, ("speechocean762", "yesno", "ami")
DIGITS = [str(digit) for digit in range(10)]
TAKES, EPOCHS, BATCH, PEAK = range(5, 29), 6, 16, 5e-4
ARMS, STEPS = ("scratch", "pretrained"), 3000


def narrow(data, folder):
    """Writes all recordings of the data sets at 8 kHz to one folder and returns it."""
    for name in SETS:
        for file in audio_below(Path(data) / name):
            target = Path(folder) / name / f"{file.stem}.flac"
            if not target.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                soundfile.write(target, read(file, sample_rate=8000), 8000, format="FLAC")
    return folder


def pretrained(data, work, *, steps, minutes, seed=0, log=print):
    """Returns the folder of the checkpoint and its recipe. Trains it if it does not exist."""
    out = Path(work) / f"pretrained-{steps}-{seed}"
    if not (out / "recipe.json").is_file():
        pretrain(
            narrow(data, Path(work) / "narrow"), out=out, seconds=2.5, seed=seed,
            on_error="skip", log=log,
            settings={"steps": steps, "minutes": minutes, "batch_size": 12, "rate": 1e-3},
        )  # fmt: skip
    return out, json.loads((out / "recipe.json").read_text("utf-8"))


def read_fsdd(folder):
    """Returns the rows of `labels.csv`, each with its waveform."""
    with (Path(folder) / "labels.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        row["wave"] = read(Path(folder) / row["path"], sample_rate=RATE)
    return rows


def batches(rows, order):
    """Yields `([waveform, length], labels)` of the rows in an order, BATCH at a time."""
    for first in range(0, len(order), BATCH):
        part = [rows[i] for i in order[first : first + BATCH]]
        length = np.array([len(row["wave"]) for row in part], "int32")
        # Only four widths, because a graph is traced for each.
        width = min(w for w in (6400, 9600, 16000, 1 << 16) if w >= length.max())
        waveform = np.zeros((len(part), width), "float32")
        for padded, row in zip(waveform, part, strict=True):
            padded[: len(row["wave"])] = row["wave"]
        yield [waveform, length], np.array([DIGITS.index(row["label"]) for row in part])


class Trainer:
    """A compiled network that is reset for each run, so that its graphs are traced once."""

    def __init__(self, clips, epochs):
        self.model = fresh(0)
        self.epochs = epochs
        steps = epochs * -(-clips // BATCH)
        self.predict = compiled(self.model)
        self.rate = keras.optimizers.schedules.CosineDecay(
            PEAK / 50, steps - steps // 8, warmup_target=PEAK, warmup_steps=steps // 8
        )
        self.model.compile(
            keras.optimizers.AdamW(self.rate, weight_decay=0.01, clipnorm=1.0),
            keras.losses.SparseCategoricalCrossentropy(from_logits=True),
            jit_compile=False,
        )

    def run(self, weights, train, test, seed):
        """Trains, and returns the accuracy on `test` and the loss of the last epoch."""
        self.model.set_weights(weights)
        for variable in self.model.optimizer.variables:
            variable.assign(keras.ops.zeros_like(variable))
        rng = np.random.default_rng(seed)
        for _ in range(self.epochs):
            # Batches of similar lengths, in a new order in every epoch.
            noisy = [len(row["wave"]) * rng.uniform(0.7, 1.4) for row in train]
            made = list(batches(train, np.argsort(noisy)))
            losses = [
                float(self.model.train_on_batch(*made[i])) for i in rng.permutation(len(made))
            ]
        order = np.argsort([len(row["wave"]) for row in test])
        right = [
            np.asarray(self.predict(*x)).argmax(axis=1) == y for x, y in batches(test, order)
        ]
        return float(np.mean(np.concatenate(right))), float(np.mean(losses))


def fresh(seed):
    return wav2vec2("wav2vec2-tiny", "classify", labels=DIGITS, seed=seed)


def starting_weights(arm, checkpoint, seed):
    """Returns the weights that an arm starts with. The head is random in both arms."""
    if arm == "scratch":
        return fresh(seed).get_weights()
    keras.utils.set_random_seed(seed)
    options = {"labels": DIGITS, "fresh_head": True, "report": lambda _: None}
    return from_huggingface(checkpoint, "classify", **options).get_weights()


def run(data, work, *, steps, minutes, seeds, done, add, epochs=EPOCHS, arms=ARMS, log=print):
    """Runs all `(arm, speaker, seed)` that are not in `done`, and passes results to `add`."""
    checkpoint, recipe = pretrained(data, work, steps=steps, minutes=minutes, log=log)
    history = recipe["settings"]["history"]
    first_and_last = {name: [round(v[0], 4), round(v[-1], 4)] for name, v in history.items()}
    rows = read_fsdd(Path(data) / "fsdd")
    speakers = sorted({row["speaker"] for row in rows})
    takes = {str(take) for take in TAKES}
    few = [row for row in rows if row["take"] in takes]
    trainer = Trainer(len(few) // len(speakers) * (len(speakers) - 1), epochs)
    jobs = [(a, s, n) for n in seeds for s in speakers for a in arms]
    for arm, speaker, seed in jobs:
        if (arm, speaker, seed) in done:
            continue
        start = time.perf_counter()
        train = [row for row in few if row["speaker"] != speaker]
        test = [row for row in rows if row["speaker"] == speaker]
        accuracy, loss = trainer.run(starting_weights(arm, checkpoint, seed), train, test, seed)
        setting = {
            "arm": arm, "speaker": speaker, "seed": seed, "train_clips": len(train),
            "epochs": epochs, "batch": BATCH, "rate": PEAK, "pretraining_steps": steps,
            "pretraining_first_and_last": first_and_last,
        }  # fmt: skip
        seconds = round(time.perf_counter() - start, 1)
        add(setting, {"accuracy": round(accuracy, 4), "loss": round(loss, 4), "s": seconds})
        log(f"{arm} {speaker} seed {seed}: {accuracy:.3f} ({seconds} s)")


def table(lines):
    """Returns the mean accuracy per speaker and arm over the seeds, as lines of text."""
    found = {}
    for line in lines:
        setting = line["setting"]
        key = setting["speaker"], setting["arm"]
        found.setdefault(key, []).append(100 * line["results"]["accuracy"])
    speakers = sorted({speaker for speaker, _ in found})
    rows = ["speaker    scratch (runs)   pretrained (runs)"]
    for speaker in speakers:
        cells = [found.get((speaker, arm), []) for arm in ARMS]
        text = [f"{np.mean(c):5.1f} % ({len(c)})" if c else "-" for c in cells]
        rows.append(f"{speaker:10} {text[0]:>14} {text[1]:>19}")
    for arm in ARMS:
        values = [value for (_, a), part in found.items() if a == arm for value in part]
        rows.append(
            f"{arm}: mean {np.mean(values):.1f} % of {len(values)} runs" if values else ""
        )
    return rows
