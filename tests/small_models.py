"""Trained folders without a training: small networks of random weights, saved by a family."""

import keras
import numpy as np
import soundfile

import kapre_like
from kapre_like.models.artifact.card import ModelCard
from kapre_like.models.artifact.recipe import FORMAT, write_recipe
from kapre_like.models.blocks import MaskedMean, UnpackMask
from kapre_like.models.training.labels import brief
from kapre_like.models.vgg.family import VGGModel

RATE = 8000
CLASSES = ["no", "yes"]


def recipe_of(task="classify", seconds=None, length_rule="whole"):
    return {
        "format": FORMAT, "family": "vgg", "task": task,
        "class_names": CLASSES if task == "classify" else None, "sample_rate": RATE,
        "seconds": seconds, "length_rule": length_rule, "seed": 0, "epochs": 1, "settings": {},
        "trained_on": {"n": 0, "digests": []}, "validated_on": {"n": 0, "digests": []},
        "skipped": [], "versions": {}, "columns": {}, "files": ["model.keras"],
    }  # fmt: skip


def network_of(recipe, log_mel=False):
    """A front end, its mean over time, a dense layer: each window has its own answer.

    The share of sign changes grows with the pitch, and its graph is small; `log_mel` takes a
    mel spectrogram in its place.
    """
    keras.utils.set_random_seed(3)
    waveform = keras.Input((None,), dtype="float32", name="waveform")
    length = keras.Input((), dtype="int32", name="length")
    x = kapre_like.LengthMask()([waveform, length])
    if log_mel:
        front = {"n_fft": 256, "hop_length": 128, "n_mels": 8, "ref": "max", "top_db": 80.0}
        x = kapre_like.MelSpectrogram(sample_rate=RATE, **front, name="log_mel")(x)
    else:
        x = kapre_like.ZeroCrossingRate(frame_length=256, hop_length=128, name="crossings")(x)
    x, valid = UnpackMask()(x)
    x = MaskedMean()([x, valid])
    x = keras.layers.Rescaling(1 / 40 if log_mel else 20.0, offset=0.0 if log_mel else -2.0)(x)
    x = keras.layers.Dense(8, "tanh")(x)
    if recipe["task"] == "classify":
        x = keras.layers.Dense(2, "softmax", name="classes")(x)
    else:
        x = keras.layers.Reshape(())(keras.layers.Dense(1, name="score_dense")(x))
    card = ModelCard(
        task=recipe["task"], sample_rate=RATE, class_names=recipe["class_names"],
        recipe=brief(recipe), name="card",
    )  # fmt: skip
    return keras.Model([waveform, length], card(x), name="small")


def write_folder(folder, *, log_mel=False, **about):
    """Writes a folder as `kapre-like train` does; returns it."""
    recipe = recipe_of(**about)
    folder.mkdir(parents=True)
    model = VGGModel.trained(network_of(recipe, log_mel), recipe=recipe, history={})
    model.save(folder)
    write_recipe(folder, recipe)
    return folder


def sweep(seconds, rate=RATE, seed=0):
    """A tone that rises faster and faster: no part sounds like the mean of the whole."""
    time = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(seed).normal(0, 0.003, len(time))
    return 0.3 * np.sin(2 * np.pi * (200 + 500 * time**2) * time) + noise


def write_sweeps(folder, lengths, rate=RATE):
    """Writes FLAC and WAV files of these seconds; returns their paths."""
    files = []
    for i, seconds in enumerate(lengths):
        files.append(folder / f"sweep_{rate}_{i}.{'flac' if i % 2 else 'wav'}")
        soundfile.write(files[-1], sweep(seconds, rate, seed=i), rate)
    return files
