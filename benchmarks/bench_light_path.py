"""How fast are the features of the light path: one clip from memory, and many from files?

    OPENBLAS_NUM_THREADS=1 OMP_NUM_THREADS=1 python benchmarks/bench_light_path.py \\
        ../shared/data/speechocean762/utterances.csv ../shared/data/esc50_folds23/esc50.csv \\
        --network --out benchmarks/results/light_path.jsonl

Recordings are cut into clips at 16 kHz. From memory: the features of one clip of 1 s and one of
7 s are computed by this library and by a script with librosa, NumPy and SciPy, in turn. Their
numbers are compared first. With `--network`, the convnet `vgg` (row `small`, random weights)
processes the same clips. From files: FLAC clips of one second are read and their features are
returned as an array, written to a Parquet file, or used by `train`. Each of these runs in a new
process, which may use all cores.
"""

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import soundfile
from harness import race, report

from kapre_like.audio import read, read_dataset
from kapre_like.features.settings import resolve
from kapre_like.features.vector import clip_vector, names

RATE = 16000
# Set for the timing from memory, removed for the processes that read files.
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
STATISTICS = ("mean", "median", "min", "max", "std", "skew", "kurt", "p10", "p25", "p75", "p90")

# Runs in its own process, so that its time and memory include nothing else.
PROGRAM = """
import json, os, resource, sys, time
began, cpu = time.perf_counter(), lambda: sum(os.times()[:4])
what, data, out = sys.argv[1:]
from kapre_like.models.artifact.machine import cores, peak_memory_mb
if what == "array":
    from kapre_like.audio import read_dataset
    from kapre_like.features import feature_table
    table = read_dataset(data)
    began, spent = time.perf_counter(), cpu()
    feature_table(table)
elif what == "parquet":
    from kapre_like.models.experiment import features
    spent = 0.0
    features(data, out=out)
else:
    from kapre_like.models.experiment import train
    spent = 0.0
    train(data, model="boosted", out=out)
wall = time.perf_counter() - began
# `ru_maxrss` of a child process includes the size of this process at the time of the fork.
worker = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024 / 1e6
print(json.dumps({
    "seconds": round(wall, 3), "busy_share": round((cpu() - spent) / wall / cores(), 3),
    "peak_mb": round(peak_memory_mb()), "peak_mb_of_a_worker_at_most": round(worker),
}))
"""


def cut(manifests, seconds, limit):
    """Yields up to `limit` clips with their speakers (or sources)."""
    found = 0
    for manifest in manifests:
        with Path(manifest).open(newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
        for row in rows:
            path = Path(manifest).parent / row["path"]
            whole = read(path, sample_rate=RATE)
            size = round(seconds * RATE)
            for begin in range(0, len(whole) - size + 1, size):
                if found == limit:
                    return
                found += 1
                yield whole[begin : begin + size], row.get("speaker") or row["source"]


def write_clips(manifests, folder, count):
    """Writes FLAC clips of one second and their manifest, with the loudness as label."""
    rows, levels = [], []
    for number, (clip, speaker) in enumerate(cut(manifests, 1.0, count)):
        soundfile.write(folder / f"{number:05}.flac", clip, RATE, subtype="PCM_16")
        levels.append(float(np.mean(clip**2)))
        rows.append([f"{number:05}.flac", speaker])
    if len(rows) < count:
        raise SystemExit(f"the recordings contain {len(rows)} clips of one second, not {count}")
    middle = np.median(levels)
    rows = [
        [path, "loud" if level > middle else "soft", speaker]
        for (path, speaker), level in zip(rows, levels, strict=True)
    ]
    with (folder / "clips.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("path", "label", "speaker"), *rows])
    return folder / "clips.csv"


def statistics(series):
    """Returns the eleven statistics of each row, computed by NumPy and SciPy."""
    from scipy import stats

    percentiles = np.percentile(series, [10, 25, 75, 90], axis=1)
    return np.stack(
        [
            series.mean(axis=1), np.median(series, axis=1), series.min(axis=1),
            series.max(axis=1), series.std(axis=1), stats.skew(series, axis=1),
            stats.kurtosis(series, axis=1), *percentiles,
        ],
        axis=1,
    )  # fmt: skip


def by_librosa(wave, *, shared):
    """Returns statistics of samples, mel bands, descriptors, cepstra and their slopes.

    This library computes 137 more features: levels, parts of the clip, pauses and pace.

    Args:
        wave: The clip.
        shared: Whether all features share one spectrum. If not, each computes its own from the
            clip, as in librosa's examples.
    """
    import librosa
    import scipy.fft

    feature, wave = librosa.feature, wave.astype(np.float64)
    spectrum = np.abs(librosa.stft(wave, n_fft=512, win_length=400, hop_length=160))
    power, given, of_power = spectrum**2, {"S": spectrum}, {"S": spectrum**2}
    if not shared:
        given = of_power = {"y": wave, "hop_length": 160, "win_length": 400}
    given, of_power = ({**one, "n_fft": 512} for one in (given, of_power))
    mel = feature.melspectrogram(**of_power, sr=RATE, n_mels=40)
    mel = librosa.power_to_db(mel, ref=np.max, amin=1e-10, top_db=80.0)
    padded = np.pad(wave, 256)
    frames = librosa.util.frame(padded, frame_length=512, hop_length=160)
    hz = librosa.fft_frequencies(sr=RATE, n_fft=512)
    energies = [power[part].sum(axis=0) for part in (hz < 2000, hz >= 2000)]
    low, high = (10 * np.log10(np.maximum(energy, 1e-10)) for energy in energies)
    crossings = librosa.zero_crossings(frames, axis=0, pad=False, zero_pos=True, threshold=0)
    described = [
        feature.spectral_centroid(**given, sr=RATE),
        feature.spectral_bandwidth(**given, sr=RATE),
        feature.spectral_rolloff(**given, sr=RATE),
        10 * np.log10(feature.spectral_flatness(**given)),
        feature.spectral_contrast(**given, sr=RATE, n_bands=5),
        (low - high)[None],
        20 * np.log10(np.maximum(np.abs(frames).max(axis=0), 1e-5))[None],
        crossings.sum(axis=0)[None] / 511,
    ]
    cepstra = scipy.fft.dct(mel, axis=0, norm="ortho")[:20]
    slopes = feature.delta(cepstra, width=5, mode="nearest")
    series = np.concatenate([mel, *described, cepstra, slopes])
    return np.concatenate([statistics(wave[None]).ravel(), statistics(series).ravel()])


def compare_numbers(ours, theirs):
    """Checks that both return the same numbers."""
    from librosa.feature import spectral

    # Ours is amplitude in decibels. librosa's is 10 log10 of a magnitude, limited to 80 dB.
    spectral.power_to_db = lambda s: 20 * np.log10(np.maximum(s, 1e-5))
    common = [
        name.endswith(tuple(f"_{one}" for one in STATISTICS)) for name in names(resolve())
    ]
    common = np.array(common) & [not name.startswith("timing") for name in names(resolve())]
    # librosa's mel matrix is float32, with errors of 1e-7. Skewness and kurtosis increase them.
    np.testing.assert_allclose(ours()[common], theirs(), rtol=1e-3, atol=2e-3)


def from_memory(options):
    """Times this library, librosa and optionally the convnet. Yields results by clip length."""
    for seconds in (1.0, 7.0):
        [(wave, _)] = cut(options.recordings[:1], seconds, 1)
        rivals = {
            "ours": partial(clip_vector, wave, resolve(sample_rate=RATE)),
            "librosa, a spectrum for each feature": partial(by_librosa, wave, shared=False),
            "librosa, one spectrum": partial(by_librosa, wave, shared=True),
        }
        ours, *others = rivals.values()
        for theirs in others:
            compare_numbers(ours, theirs)
        if options.network:
            rivals["vgg, small"] = network_call(wave)
        found = race(rivals, rounds=2 if options.quick else options.rounds)
        ours_ms = found["ours"]["median_ms"]
        for result in found.values():
            result["times_ours"] = round(result["median_ms"] / ours_ms, 1)
        yield seconds, found


def network_call(wave):
    """Returns the call of the convnet `small` for one clip, as a graph in one thread."""
    import tensorflow as tf

    from kapre_like.models.vgg import vgg

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    model = vgg("small", sample_rate=RATE, class_names=list("abcdefghij"))
    graph = tf.function(lambda x, n: model([x, n], training=False))
    return partial(graph, tf.constant(wave[None]), tf.constant([len(wave)], tf.int32))


def from_files(options):
    """Runs the three tasks on 1,000 and on 5,000 files."""
    results = {}
    environment = {k: v for k, v in os.environ.items() if k not in THREADS}
    with tempfile.TemporaryDirectory() as parent:
        for count in (40,) if options.quick else (1000, 5000):
            folder = Path(parent) / str(count)
            folder.mkdir()
            data = write_clips(options.recordings, folder, count)
            read_dataset(data)
            for what in ("array", "parquet", "train"):
                found = [
                    _run(what, data, folder / f"{what}{turn}", environment)
                    for turn in range(1 if options.quick else options.repeat)
                ]
                best = min(found, key=lambda one: one["seconds"])
                best["clips_per_second"] = round(count / best["seconds"])
                best["all_seconds"] = [one["seconds"] for one in found]
                results[f"{count} files, {what}"] = best
    return results


def _run(what, data, out, environment):
    out = out.with_suffix(".parquet") if what == "parquet" else out
    command = [sys.executable, "-c", PROGRAM, what, str(data), str(out)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("recordings", nargs="+", help="manifests with a column path")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument(
        "--repeat", type=int, default=3, help="runs over the files; the fastest is reported"
    )
    parser.add_argument("--only", choices=["memory", "files"])
    parser.add_argument("--network", action="store_true", help="also time the convnet")
    parser.add_argument("--quick", action="store_true", help="smoke test with small inputs")
    parser.add_argument("--out", help="append JSON lines to this file (default: print)")
    options = parser.parse_args()
    setting = {"sample_rate": RATE, "features": len(names(resolve()))}
    if options.only != "files":
        for seconds, found in from_memory(options):
            report("features of a clip from memory, one thread", found, out=options.out,
                   seconds=seconds, rounds=options.rounds, **setting)  # fmt: skip
    if options.only != "memory":
        report("features of FLAC files of one second", from_files(options),
               out=options.out, repeat=options.repeat, **setting)  # fmt: skip


if __name__ == "__main__":
    main()
