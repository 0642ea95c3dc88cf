"""Voice activity per frame on six excerpts of AMI meetings, from random weights.

Each excerpt is the test of a network that was trained on the other five. Turns of any speaker
in the RTTM files are speech. Each excerpt is scaled as a whole to zero mean and unit variance,
as the network's own normalization does, before crops are cut from it. Otherwise a crop of
silence would become loud. All frames have the same weight in the figures.
"""

import dataclasses
import time
from pathlib import Path

import keras
import numpy as np
from learning_ctc import CONFIG, RATE
from sklearn.metrics import precision_recall_fscore_support

from kapre_like.audio.decode import read
from kapre_like.models.artifact.predicting import compiled
from kapre_like.models.wav2vec2 import FrameLoss, frame_labels, preset, wav2vec2

CROP_S, BATCH = 5.0, 4


def read_ami(folder):
    """Returns `{name: (waveform, segments)}`, with segments `(start, end, 1)` in seconds."""
    turns = {}
    for table in sorted(Path(folder).glob("*.rttm")):
        for line in table.read_text(encoding="utf-8").splitlines():
            _, name, _, start, seconds, *_ = line.split()
            end = float(start) + float(seconds)
            turns.setdefault(name, []).append((float(start), end, 1))
    clips = {}
    for name, segments in sorted(turns.items()):
        if (Path(folder) / f"{name}.wav").is_file():
            wave = read(Path(folder) / f"{name}.wav", sample_rate=RATE)
            clips[name] = ((wave - wave.mean()) / wave.std(), segments)
    return clips


def batch(clips, model, rng):
    """Returns `([waveform, length], labels)` of crops at random positions."""
    samples = min(round(CROP_S * RATE), *(len(wave) for wave, _ in clips))
    waves, labels = [], []
    for i in rng.integers(len(clips), size=BATCH):
        wave, segments = clips[i]
        start = int(rng.integers(len(wave) - samples + 1))
        waves.append(wave[start : start + samples] * 10 ** rng.uniform(-0.3, 0.3))
        moved = [(a - start / RATE, b - start / RATE, c) for a, b, c in segments]
        labels.append(frame_labels(moved, samples, model))
    length = np.full(BATCH, samples, "int32")
    return [np.stack(waves).astype("float32"), length], np.stack(labels)


def compiled_network(*, steps, rate, seed, features):
    """Returns a compiled network with random weights."""
    config = dataclasses.replace(
        preset("wav2vec2-tiny"), **{**CONFIG, "hidden_dropout": 0.1, "feat_proj_dropout": 0.1}
    )
    model = wav2vec2(
        config, "frames", labels=["silence", "speech"], normalize=False, seed=seed,
        feature_encoder=features,
    )  # fmt: skip
    cycle = keras.optimizers.schedules.CosineDecay(
        rate / 50, steps - steps // 8, warmup_target=rate, warmup_steps=steps // 8
    )
    optimizer = keras.optimizers.AdamW(cycle, weight_decay=0.01, clipnorm=1.0)
    model.compile(optimizer, FrameLoss(), jit_compile=False)
    return model


def train(model, clips, *, steps, seed):
    """Trains a network and returns the mean loss of the last 20 steps."""
    rng = np.random.default_rng(seed)
    losses = [float(model.train_on_batch(*batch(clips, model, rng))) for _ in range(steps)]
    return float(np.mean(losses[-20:]))


def reset(model, weights):
    """Resets weights and optimizer, so that all folds use the same traced graphs."""
    model.set_weights(weights)
    for variable in model.optimizer.variables:
        variable.assign(keras.ops.zeros_like(variable))


def figures(truth, predicted):
    precision, recall, f1, _ = precision_recall_fscore_support(
        truth, predicted, average="binary", zero_division=0.0
    )
    return {
        "f1": round(float(f1), 4),
        "precision": round(float(precision), 4),
        "recall": round(float(recall), 4),
        "accuracy": round(float(np.mean(truth == predicted)), 4),
    }


def run(folder, *, steps=100, rate=1e-3, seed=0, features=None, log=print, clips=None):
    """Trains and tests a network per fold, and returns settings and figures."""
    clips = read_ami(folder) if clips is None else clips
    start, truths, answers, results = time.perf_counter(), [], [], {}
    model = compiled_network(steps=steps, rate=rate, seed=seed, features=features)
    weights, predict = model.get_weights(), compiled(model)
    for name, (wave, segments) in clips.items():
        reset(model, weights)
        others = [clip for other, clip in clips.items() if other != name]
        loss = train(model, others, steps=steps, seed=seed)
        length = np.array([len(wave)], "int32")
        logits = predict(wave[None].astype("float32"), length)
        truths.append(frame_labels(segments, len(wave), model))
        answers.append(np.asarray(logits)[0].argmax(axis=-1))
        fold = figures(truths[-1], answers[-1])
        fold["speech_share"] = round(float(truths[-1].mean()), 4)
        results[name] = fold
        log(f"{name}: {fold} (training loss {loss:.3f})")
    truth, predicted = np.concatenate(truths), np.concatenate(answers)
    results["all"] = figures(truth, predicted)
    results["always speech"] = figures(truth, np.ones_like(truth))
    results["train_s"] = round(time.perf_counter() - start, 1)
    setting = {"steps": steps, "rate": rate, "seed": seed, "crop_s": CROP_S, "batch": BATCH}
    return {**setting, "features": features or "convolutions"}, results
