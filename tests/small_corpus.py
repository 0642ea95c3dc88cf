"""Real sound files, made in a moment: tones of two or three pitches by several "speakers"."""

import csv

import numpy as np
import soundfile

RATE = 8000
PITCHES = {"low": 220.0, "mid": 700.0, "high": 1800.0}


def tone(hz, seconds=0.3, rate=RATE, level=0.3, seed=0):
    """A tone with a little noise, float64 in [-1, 1]."""
    time = np.arange(round(seconds * rate)) / rate
    noise = np.random.default_rng(seed).normal(0.0, 0.005, len(time))
    return level * np.sin(2 * np.pi * hz * time) + noise


def write_corpus(folder, *, classes=("low", "high"), speakers=6, takes=2, splits=None, **more):
    """Writes FLAC files and `manifest.csv`; returns the manifest's path.

    Each speaker has a pitch of its own. It determines the label, a score (the pitch in kHz) and
    the speaker. `splits` gives the split of each speaker; `more` are further columns.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for speaker in range(speakers):
        for name in classes:
            for take in range(takes):
                hz = PITCHES[name] * (1 + 0.04 * speaker)
                path = f"{name}_{speaker}_{take}.flac"
                samples = tone(hz, 0.3 + 0.05 * take, seed=speaker * 100 + take)
                soundfile.write(folder / path, samples, RATE)
                row = {"path": path, "label": name, "score": f"{hz / 1000:.3f}",
                       "speaker": f"s{speaker}", **more}  # fmt: skip
                if splits is not None:
                    row["split"] = splits[speaker]
                rows.append(row)
    write_manifest(folder / "manifest.csv", rows)
    return folder / "manifest.csv"


def write_manifest(path, rows):
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)


def read_rows(path):
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_class_folders(folder, *, classes=("low", "high"), clips=6):
    """Writes WAV files in one folder per class; returns the folder."""
    for name in classes:
        (folder / name).mkdir(parents=True, exist_ok=True)
        for take in range(clips):
            samples = tone(PITCHES[name] * (1 + 0.02 * take), seed=take)
            soundfile.write(folder / name / f"{take}.wav", samples, RATE)
    return folder
