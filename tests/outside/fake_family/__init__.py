"""A family of models that takes milliseconds: the class of the nearest zero-crossing rate.

It comes from outside of this library, as a package that pip installed would: `level` is its
name among the entry points, `fake_family:Level` its place. It has settings and a checkpoint
format of its own, a JSON file that ends in `.level`. What it learns is one number per class,
the mean zero-crossing rate; scores are a line through it. Tests make it misbehave by an
environment variable, since it often runs in another process.
"""

import json
import os
import signal
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from kapre_like.audio.rows import read_row, rows_of
from kapre_like.models.artifact.families import Family
from kapre_like.models.artifact.recipe import read_recipe
from kapre_like.models.artifact.settings import setting


@dataclass(frozen=True)
class LevelSettings:
    nearness: float = setting(30.0, above=0, help="how fast a class grows unlikely")
    checkpoint: str | None = setting(None, help="a .level file to begin with")
    kind: str = setting("mean", choices=("mean", "median"), help="what stands for a class")


def crossings(waveform):
    """Share of sign changes: grows with the pitch of a tone."""
    changes = np.diff(np.signbit(waveform).astype(int))
    return float(np.mean(changes != 0)) if len(waveform) > 1 else 0.0


class Level(Family):
    name = "level"
    summary = "the class of the nearest zero-crossing rate"
    Settings = LevelSettings
    file_name = "level.json"

    def __init__(self, values, recipe):
        self.values, self.recipe = values, recipe
        self.history = {"train_loss": [1.0, 0.5, 0.3], "valid_loss": [1.1, 0.7, 0.6]}
        if recipe["task"] == "classify":
            self.history["valid_accuracy"] = [0.4, 0.7, 0.8]
        self.importances = [("zero_crossings_mean", 1.0)]
        self.n_parameters = len(values)

    @classmethod
    def check(cls, settings, job):
        if settings.checkpoint is not None:
            read_checkpoint(settings.checkpoint)
        if job.train is not None and len(job.train) < 4:
            raise ValueError("level: needs four training clips. Add clips.")

    @classmethod
    def train(cls, train, valid, *, recipe, settings, folder, log):
        resumed = (folder / "checkpoint").exists()
        (folder / "checkpoint").write_text("half way")
        trouble = os.environ.get("FAKE_FAMILY")
        if trouble == "fails":
            raise ValueError("the loss is NaN. Lower the learning rate.")
        if trouble == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        x = [
            crossings(
                read_row(row, sample_rate=recipe["sample_rate"], seconds=recipe["seconds"])
            )
            for row in rows_of(train)
        ]
        log("epoch 1 of 1")
        if recipe["task"] == "regress":
            values = [float(v) for v in np.polyfit(x, train["label"].astype(float), 1)]
        else:
            pairs = list(zip(x, train["label"], strict=True))
            means = {c: [v for v, name in pairs if name == c] for c in recipe["class_names"]}
            middle = np.mean if settings.kind == "mean" else np.median
            values = [float(middle(v)) if v else 9.0 for v in means.values()]
        if settings.checkpoint is not None:
            prior = read_checkpoint(settings.checkpoint)["values"]
            values = [(a + b) / 2 for a, b in zip(values, prior, strict=True)]
        told = {**asdict(settings), "resumed": resumed, "n_rows": len(train)}
        return cls(values, {**recipe, "settings": told})

    def predict(self, waveforms):
        x = np.array([crossings(waveform) for waveform in waveforms])
        if self.recipe["task"] == "regress":
            return self.values[0] * x + self.values[1]
        fast = self.recipe["settings"].get("nearness", 30.0)
        nearness = np.exp(-fast * np.abs(x[:, None] - np.array(self.values)))
        return nearness / nearness.sum(axis=1, keepdims=True)

    def model_files(self):
        return [self.file_name]

    def write(self, path):
        path.write_text(json.dumps(self.values))

    def save(self, folder):
        self.write(folder / self.file_name)

    @classmethod
    def read(cls, path, recipe):
        return cls(json.loads(path.read_text()), recipe)

    @classmethod
    def load(cls, folder):
        return cls.read(folder / cls.file_name, read_recipe(folder))

    def explain(self, waveform):
        return [("zero crossings", {"share": crossings(waveform)})]

    def network(self):
        """The same arithmetic as a Keras model, with the length rule inside."""
        from fake_family.network import network

        return network(self)


class Guess(Level):
    """A lighter family that predicts the first class, or a constant score."""

    name = "guess"
    file_name = "guess.json"

    def predict(self, waveforms):
        if self.recipe["task"] == "regress":
            return np.full(len(waveforms), 0.5)
        shares = np.full((len(waveforms), len(self.values)), 0.1)
        shares[:, 0] = 1.0
        return shares / shares.sum(axis=1, keepdims=True)


def read_checkpoint(path):
    """The content of a `.level` file: `class_names` and `values`."""
    try:
        return json.loads(Path(path).read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: is no .level checkpoint. Name another.") from error


class LevelReader:
    """Opens a `.level` file as a model that predicts."""

    kind = "a .level file"

    def recognizes(self, path):
        return path.suffix == ".level" and path.is_file()

    def open(self, path):
        told = read_checkpoint(path)
        recipe = {
            "family": "level", "task": "classify", "class_names": told["class_names"],
            "sample_rate": 16000, "seconds": None, "length_rule": "whole", "settings": {},
        }  # fmt: skip
        return Level(told["values"], recipe)
