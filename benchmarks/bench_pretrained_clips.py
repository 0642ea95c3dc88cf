"""How many clips per second does a pretrained network embed, compared with LiteRT?

    KERAS_BACKEND=tensorflow python benchmarks/bench_pretrained_clips.py \\
        --weights yamnet.tflite --out benchmarks/results/pretrained.jsonl

The input is 2,500 clips of 1 s of noise at 16 kHz, in memory. Our network runs in batches of 32
in one TensorFlow graph. The rival is the published file in the interpreter, in two processes
with one thread each. They take 50 clips at a time and call the interpreter once for each window
or patch. YAMNet's file has 8-bit weights and activations. `bench_pretrained.py` checks that
both compute the same.
"""

import argparse
from importlib.util import find_spec
from multiprocessing import get_context
from pathlib import Path

import keras
import numpy as np
from bench_pretrained import RATE, cut_clip, interpreter
from harness import race, report

from kapre_like.models.artifact.predicting import compiled
from kapre_like.models.pretrained.networks import speech_embedding, yamnet

BATCH, SHARE, PROCESSES = 32, 50, 2
# The interpreters of a process, by file.
_opened = {}


def opened(path, samples=None):
    """Returns this process's interpreter of a file."""
    if path not in _opened:
        _opened[path] = interpreter(path, samples, threads=1)
    return _opened[path]


def speech_share(job):
    """Returns the interpreter's embeddings of some of the clips."""
    folder, clips = job
    mel = opened(folder / "melspectrogram.tflite", clips.shape[1])
    network = opened(folder / "embedding_model.tflite")
    found = []
    for clip in clips:
        spectrogram = mel(clip[None])[0][0, 0] / 10 + 2
        starts = range(0, len(spectrogram) - 75, 8)
        found.append([network(spectrogram[None, s : s + 76, :, None])[0] for s in starts])
    return np.array(found)


def yamnet_share(job):
    """Returns the interpreter's scores of some of the clips."""
    path, clips = job
    network, starts = opened(path), range(0, clips.shape[1] - 15599, 7680)
    return np.array([[network(c[None, s : s + 15600])[0] for s in starts] for c in clips])


def rivals(model, output, share, source, scale, clips, pool):
    """Returns the two functions that embed all clips, by name."""
    predict = compiled(keras.Model(model.inputs, model.output[output]))
    cut = np.concatenate([cut_clip(model, clip[None]) for clip in clips]) * np.float32(scale)
    jobs = [(source, cut[first : first + SHARE]) for first in range(0, len(cut), SHARE)]

    def ours():
        for first in range(0, len(clips), BATCH):
            batch = clips[first : first + BATCH]
            predict(batch, np.full(len(batch), RATE, "int32"))

    return {
        "kapre_like": ours,
        "LiteRT, 2 processes": lambda: pool.map(share, jobs, chunksize=1),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, help="yamnet.tflite")
    parser.add_argument("--clips", type=int, default=2500)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    rng = np.random.default_rng(0)
    clips = rng.normal(0, 0.1, (arguments.clips, RATE)).astype("float32")
    setting = {"clips": len(clips), "rounds": arguments.rounds, "batch": BATCH}
    with get_context("spawn").Pool(PROCESSES) as pool:
        if spec := find_spec("pyopen_wakeword"):
            folder = Path(spec.submodule_search_locations[0]) / "models"
            model = speech_embedding(folder / "embedding_model.tflite")
            both = rivals(model, "embeddings", speech_share, folder, 32768, clips, pool)
            results = race(both, rounds=arguments.rounds)
            report("speech_embedding, all clips", results, out=arguments.out, **setting)
        if arguments.weights:
            model = yamnet(arguments.weights)
            both = rivals(model, "scores", yamnet_share, arguments.weights, 1, clips, pool)
            results = race(both, rounds=arguments.rounds)
            report("yamnet, all clips", results, out=arguments.out, **setting)


if __name__ == "__main__":
    main()
