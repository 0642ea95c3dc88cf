"""Makes `examples/data/spoken_digits`: ten digits in synthetic voices, as FLAC with a manifest.

    python examples/make_corpus.py --out examples/data/spoken_digits

Needs espeak-ng (the Debian package has the same name). The same seed and the same versions of
espeak-ng, NumPy, soxr and soundfile give the same samples. For each utterance, espeak-ng speaks
the word at a random rate and pitch and with a random final intonation. Its silence is cut off.
A small room and the noise of the speaker are added, and a short pause is kept around the word.
"""

import argparse
import csv
import io
import pathlib
import shutil
import subprocess
import sys
from typing import NamedTuple

import numpy as np
import soundfile
import soxr

SAMPLE_RATE = 16000
SEED = 20
TAKES = 3
WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
# The range in which espeak-ng is intelligible and shortens sounds by itself.
WORDS_PER_MINUTE = (110, 260)
# Final intonations: statement, question, exclamation, unfinished list.
ENDINGS = (".", "?", "!", ",")
AUDIBLE_DB = -42.0  # level of silence, relative to the loudest 5 ms of the utterance


class Speaker(NamedTuple):
    """A voice: accent and voice variant of espeak-ng, pitch (0-99), and split."""

    name: str
    accent: str
    variant: str
    pitch: int
    split: str


# No variant is in two splits. The West Midlands accent is not in the training split.
SPEAKERS = (
    Speaker("s01", "en-us", "m1", 40, "train"),
    Speaker("s02", "en-us", "f1", 55, "train"),
    Speaker("s03", "en-gb", "m3", 35, "train"),
    Speaker("s04", "en-gb-x-rp", "f2", 50, "train"),
    Speaker("s05", "en-gb-scotland", "m2", 45, "train"),
    Speaker("s06", "en-029", "f3", 60, "train"),
    Speaker("s07", "en-us-nyc", "m4", 25, "train"),
    Speaker("s08", "en-gb-x-gbclan", "Annie", 62, "train"),
    Speaker("s09", "en-us", "klatt2", 50, "train"),
    Speaker("s10", "en-gb", "croak", 30, "train"),
    Speaker("s11", "en-029", "m6", 52, "train"),
    Speaker("s12", "en-gb-x-rp", "Andy", 42, "train"),
    Speaker("s13", "en-us", "linda", 70, "train"),
    Speaker("s14", "en-gb-scotland", "f4", 48, "train"),
    Speaker("s15", "en-us-nyc", "steph", 58, "train"),
    Speaker("s16", "en-gb", "whisper", 50, "train"),
    Speaker("s17", "en-us", "m7", 33, "valid"),
    Speaker("s18", "en-gb-x-gbcwmd", "f5", 57, "valid"),
    Speaker("s19", "en-gb", "Lee", 44, "valid"),
    Speaker("s20", "en-029", "belinda", 64, "valid"),
    Speaker("s21", "en-us", "m8", 30, "test"),
    Speaker("s22", "en-gb", "Andrea", 60, "test"),
    Speaker("s23", "en-gb-x-gbcwmd", "m5", 50, "test"),
    Speaker("s24", "en-gb-scotland", "grandma", 55, "test"),
    Speaker("s25", "en-us-nyc", "klatt4", 40, "test"),
    Speaker("s26", "en-029", "Alicia", 66, "test"),
)


def recording_conditions(speaker: Speaker) -> dict[str, float]:
    """Returns the level, noise and room that all recordings of a speaker share."""
    rng = np.random.default_rng([SEED, int(speaker.name[1:])])
    return {
        "level_dbfs": round(rng.uniform(-38.0, -26.0), 1),
        "signal_to_noise_db": round(rng.uniform(20.0, 45.0), 1),
        "noise_slope_db_per_octave": round(rng.uniform(-9.0, -3.0), 1),
        "room_decay_s": round(rng.uniform(0.05, 0.25), 3),
        "room_db": round(rng.uniform(-26.0, -14.0), 1),
    }


def speak(word: str, speaker: Speaker, words_per_minute: int, pitch: int) -> np.ndarray:
    """Returns espeak-ng's float64 waveform of `word` at `SAMPLE_RATE`."""
    voice = f"{speaker.accent}+{speaker.variant}"
    command = ["espeak-ng", "-z", "-v", voice, "-s", str(words_per_minute)]
    command += ["-p", str(pitch), "--stdout", word]
    spoken = subprocess.run(command, capture_output=True, check=True)
    # In a pipe, the length in the header of espeak-ng is a placeholder, so skip the header.
    rate = int.from_bytes(spoken.stdout[24:28], "little")
    samples = np.frombuffer(spoken.stdout[44:], "<i2") / 32768.0
    return soxr.resample(samples, rate, SAMPLE_RATE)


def trim(x: np.ndarray) -> np.ndarray:
    """Returns `x` without the silence at its start and end."""
    block = SAMPLE_RATE // 200
    blocks = x[: len(x) // block * block].reshape(-1, block)
    level = np.sqrt(np.mean(blocks**2, axis=1))
    loud = np.flatnonzero(level > level.max() * 10.0 ** (AUDIBLE_DB / 20.0))
    return x[loud[0] * block : (loud[-1] + 1) * block]


def noise(n: int, slope_db_per_octave: float, rng: np.random.Generator) -> np.ndarray:
    """Returns `n` samples of noise with RMS 1 and a constant spectral slope."""
    spectrum = np.fft.rfft(rng.standard_normal(n))
    hertz = np.fft.rfftfreq(n, 1.0 / SAMPLE_RATE)
    spectrum *= 10.0 ** (slope_db_per_octave / 20.0 * np.log2(np.maximum(hertz, 60.0) / 60.0))
    x = np.fft.irfft(spectrum, n)
    return x / np.sqrt(np.mean(x**2))


def room(
    x: np.ndarray, decay_s: float, level_db: float, rng: np.random.Generator
) -> np.ndarray:
    """Returns `x` plus reverberation at `level_db`: noise that decays by 60 dB."""
    n = int(decay_s * SAMPLE_RATE)
    response = rng.standard_normal(n) * 10.0 ** (-3.0 * np.arange(n) / n)
    response /= np.sqrt(np.sum(response**2))
    reflected = np.convolve(x, response)[: len(x)]
    return x + 10.0 ** (level_db / 20.0) * reflected


def utterances(speaker: Speaker) -> list[dict]:
    """Returns the manifest rows of one speaker, with random rate, pitch and ending."""
    rows = []
    for digit, word in enumerate(WORDS):
        for take in range(TAKES):
            seed = [SEED, int(speaker.name[1:]), digit, take]
            rng = np.random.default_rng(seed)
            rows.append(
                {
                    "path": f"clips/{digit}/{speaker.name}-{take}.flac",
                    "label": digit,
                    "text": word,
                    "speaker": speaker.name,
                    "words_per_minute": int(rng.integers(*WORDS_PER_MINUTE, endpoint=True)),
                    "split": speaker.split,
                    "pitch": int(np.clip(speaker.pitch + rng.integers(-8, 9), 0, 99)),
                    "ending": ENDINGS[rng.integers(len(ENDINGS))],
                    "seed": [*seed, 1],
                }
            )
    return rows


def render(speaker: Speaker, row: dict) -> np.ndarray:
    """Returns the int16 samples of one row of `utterances`."""
    rng = np.random.default_rng(row["seed"])
    conditions = recording_conditions(speaker)
    x = trim(speak(row["text"] + row["ending"], speaker, row["words_per_minute"], row["pitch"]))
    before, after = (int(rng.uniform(0.01, 0.06) * SAMPLE_RATE) for _ in range(2))
    rms = np.sqrt(np.mean(x**2))
    x = room(np.pad(x, (before, after)), conditions["room_decay_s"], conditions["room_db"], rng)
    hiss = noise(len(x), conditions["noise_slope_db_per_octave"], rng)
    x = x / rms + hiss * 10.0 ** (-conditions["signal_to_noise_db"] / 20.0)
    # Levels vary by 2 dB between takes. The samples never clip.
    x = x * 10.0 ** ((conditions["level_dbfs"] + rng.uniform(-2.0, 2.0)) / 20.0)
    x = x * min(1.0, 0.98 / np.max(np.abs(x)))
    return np.round(x * 32767.0).astype(np.int16)


def make(out: pathlib.Path, speakers: tuple[Speaker, ...] = SPEAKERS) -> None:
    """Writes the clips, `manifest.csv` and `speakers.csv` of `speakers` into `out`."""
    rows = []
    for speaker in speakers:
        for row in utterances(speaker):
            path = out / row["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            clip = io.BytesIO()
            soundfile.write(
                clip, render(speaker, row), SAMPLE_RATE, "PCM_16", format="FLAC",
                compression_level=1.0,
            )  # fmt: skip
            path.write_bytes(clip.getvalue())
            rows.append(row)
    rows.sort(key=lambda row: row["path"])
    columns = ["path", "label", "text", "speaker", "words_per_minute", "split"]
    write_table(out / "manifest.csv", columns, rows)
    voices = [{**speaker._asdict(), **recording_conditions(speaker)} for speaker in speakers]
    write_table(out / "speakers.csv", list(voices[0]), voices)


def write_table(path: pathlib.Path, columns: list[str], rows: list[dict]) -> None:
    """Writes `columns` of `rows` as CSV with Unix line ends."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore", lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    here = pathlib.Path(__file__).parent
    parser.add_argument("--out", type=pathlib.Path, default=here / "data" / "spoken_digits")
    args = parser.parse_args()
    if shutil.which("espeak-ng") is None:
        print(
            "make_corpus: espeak-ng is not installed (apt-get install espeak-ng).",
            file=sys.stderr,
        )
        return 2
    make(args.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
