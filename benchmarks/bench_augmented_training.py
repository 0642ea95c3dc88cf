"""How much does augmentation help on clips with noise or rooms that training did not have?

    python benchmarks/bench_augmented_training.py FSDD --noise NOISE --rooms ROOMS \
        --out benchmarks/results/augmented_training.jsonl

FSDD is a folder with the Free Spoken Digit Dataset and `labels.csv`. NOISE and ROOMS are
folders with recordings of noise and with impulse responses, which no training reads. With each
recipe, `vgg` is trained on all speakers but one. It is tested on the clips of that speaker:
unchanged, with noise added at a ratio of 0 to 20 dB, and convolved with the impulse responses.
NumPy and SciPy make the test clips, independently of the augmentation layers. The interval
resamples speakers.
"""

import argparse
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from harness import report
from scipy.signal import fftconvolve

RATE = 16000
RECIPES = ("none", "light", "street", "far-field")


def recordings(folder):
    """Returns all recordings of a folder, mono, at the rate of the models."""
    from kapre_like import audio

    files = sorted(p for p in folder.iterdir() if p.suffix in (".wav", ".flac"))
    return [np.asarray(audio.read(path, sample_rate=RATE)) for path in files]


def noisy(clip, noises, rng):
    """Returns a clip with noise from a random recording, at a ratio of 0 to 20 dB."""
    noise = noises[rng.integers(len(noises))]
    start = rng.integers(max(1, len(noise) - len(clip)))
    noise = np.resize(noise[start : start + len(clip)], len(clip))
    gain = np.sqrt(np.mean(clip**2) / max(np.mean(noise**2), 1e-12))
    return (clip + gain * 10 ** (-rng.uniform(0, 20) / 20) * noise).astype("float32")


def in_room(clip, rooms, rng):
    """Returns a clip convolved with a random response, at the clip's level."""
    room = rooms[rng.integers(len(rooms))]
    wet = fftconvolve(clip, room)[np.abs(room).argmax() :][: len(clip)]
    return (wet * np.sqrt(np.mean(clip**2) / max(np.mean(wet**2), 1e-12))).astype("float32")


def tests_of(clips, noises, rooms, seed):
    """Returns the clips of the three test conditions, by name."""
    rng = np.random.default_rng(seed)
    return {
        "clean": clips,
        "noise": [noisy(clip, noises, rng) for clip in clips],
        "rooms": [in_room(clip, rooms, rng) for clip in clips],
    }


def answers(table, speaker, recipe, seed, noises, rooms, epochs):
    """Trains without a speaker and returns one row per test and clip of the speaker."""
    from kapre_like import audio, load_predictor
    from kapre_like.models import train

    mine = table[table["speaker"] == speaker]
    clips = [np.asarray(audio.read(path, sample_rate=RATE)) for path in mine["path"]]
    with tempfile.TemporaryDirectory() as folder:
        manifest = Path(folder) / "train.csv"
        table[table["speaker"] != speaker].to_csv(manifest, index=False)
        train(
            manifest, model="vgg", out=Path(folder) / "model", task="classify", seed=seed,
            group_column="speaker", settings={"augment": recipe}, epochs=epochs,
        )  # fmt: skip
        model = load_predictor(Path(folder) / "model")
        rows = []
        for name, waveforms in tests_of(clips, noises, rooms, seed).items():
            predicted = [one["label"] for one in model.predict(waveforms)]
            columns = {"test": name, "predicted": predicted, "recipe": recipe, "seed": seed}
            rows.append(mine.assign(**columns))
    return pd.concat(rows)


def accuracy(rows):
    """Returns the accuracy, its 95 % interval over speakers, and each speaker's accuracy."""
    from kapre_like.models.experiment.intervals import judged

    label, predicted, speaker = (
        rows[name].tolist() for name in ("label", "predicted", "speaker")
    )
    found = judged("classify", label, predicted, speaker)
    right = (rows["label"] == rows["predicted"]).groupby(rows["speaker"]).mean()
    return {
        "accuracy": round(found.values["accuracy"], 4),
        "interval": [round(end, 4) for end in found.intervals["accuracy"]],
        "by_speaker": right.round(4).to_dict(),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("fsdd", type=Path)
    parser.add_argument("--noise", type=Path, required=True)
    parser.add_argument("--rooms", type=Path, required=True)
    parser.add_argument("--recipes", nargs="+", default=RECIPES)
    parser.add_argument("--speakers", nargs="+", help="test speakers (default: all)")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, help="default: the setting of vgg")
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    table = pd.read_csv(arguments.fsdd / "labels.csv", dtype=str)
    table["path"] = [str((arguments.fsdd / path).resolve()) for path in table["path"]]
    noises, rooms = recordings(arguments.noise), recordings(arguments.rooms)
    speakers = arguments.speakers or sorted(table["speaker"].unique())
    for recipe in arguments.recipes:
        rows = pd.concat(
            answers(table, speaker, recipe, seed, noises, rooms, arguments.epochs)
            for seed in range(arguments.seeds)
            for speaker in speakers
        )
        results = {name: accuracy(part) for name, part in rows.groupby("test")}
        setting = {"recipe": recipe, "speakers": speakers, "seeds": arguments.seeds}
        report("unseen noise and rooms", results, out=arguments.out, **setting)


if __name__ == "__main__":
    main()
