"""How much memory does gradient checkpointing of Wav2Vec2 save, and how much longer is a step?

    python benchmarks/bench_wav2vec2_checkpointing.py \\
        --out benchmarks/results/wav2vec2_checkpointing.jsonl

Base size, a classifier with the random weights of `bench_wav2vec2.py`, TensorFlow in float32,
beside transformers on PyTorch with its `gradient_checkpointing_enable`. The feature encoder is
frozen, as fine-tuning does by default, and no dropout is applied. A step is forward, backward
and AdamW. Each rival has a process of its own, several times, in turns with the others.

`loaded_mb` is the resident memory of a process with its model before the first step.
`rise_mb` is how far the peak of the training steps was above it: gradients and the state of
AdamW, which are the same with and without checkpointing, and activations. Before any clock
runs, the loss and the gradients of each library are compared with and without checkpointing,
and the losses of the two libraries with each other.
"""

import argparse
import gc
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from bench_wav2vec2 import resident_mb
from wav2vec2_rivals import (
    CLASSIFIER,
    LABELS,
    original,
    our_step,
    ours,
    save_checkpoints,
    torch_step,
    waveforms,
)

SIZES = ((2, 10.0), (4, 5.0))
LIBRARIES = ("kapre_like", "transformers")
CHECKPOINTED = " checkpointed"
RIVALS = tuple(library + how for library in LIBRARIES for how in ("", CHECKPOINTED))
# The same sums in the same order. Threads may split them differently.
SAME = 1e-5
# Losses of two libraries in float32.
ALIKE = 1e-3


def our_model(folder, checkpointing):
    from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts
    from kapre_like.models.wav2vec2.family.places import wav2vec2_places

    model = ours(folder, CLASSIFIER, "float32", gradient_checkpointing=checkpointing)
    places = wav2vec2_places(model, CheckpointFacts.of(model).network())
    places.release(model, upper=None, stem=False)
    return model


def torch_model(folder, checkpointing):
    model = original(folder, CLASSIFIER, "float32").train()
    model.freeze_feature_encoder()
    if checkpointing:
        model.gradient_checkpointing_enable()
    return model


def our_gradients(model, x, labels):
    import keras
    import tensorflow as tf

    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    length = np.full(len(x), x.shape[1], "int32")
    with tf.GradientTape() as tape:
        value = loss(labels, model([x, length], training=True))
    return value, tape.gradient(value, [v.value for v in model.trainable_variables])


def torch_gradients(model, x, labels):
    import torch

    value = model(torch.from_numpy(x), labels=torch.from_numpy(labels).long()).loss
    value.backward()
    return value.detach(), [p.grad for p in model.parameters() if p.grad is not None]


KINDS = {
    "kapre_like": (our_model, our_step, our_gradients),
    "transformers": (torch_model, torch_step, torch_gradients),
}


def child(what, folder, name, clips, seconds, rounds):
    library, checkpointing = name.split()[0], name.endswith(CHECKPOINTED)
    make_model, make_step, gradients = KINDS[library]
    model = make_model(folder, checkpointing)
    x, _ = waveforms(clips, seconds)
    labels = np.arange(clips) % LABELS
    if what == "gradients":
        loss, found = gradients(model, x, labels)
        np.savez(folder / f"{name}.npz", *map(np.asarray, found))
        print(json.dumps({"loss": float(loss)}))
    else:
        measure(make_step(model), x, labels, rounds)


def measure(run, x, labels, rounds):
    """Prints times, losses and memory of training steps."""
    gc.collect()
    loaded, before = resident_mb("VmRSS"), resident_mb()
    # The first step traces the graph and creates the state of AdamW.
    losses, wall, cpu = [float(run(x, labels))], [], []
    for _ in range(rounds):
        start, busy = time.perf_counter(), time.process_time()
        losses.append(float(run(x, labels)))
        wall.append(1e3 * (time.perf_counter() - start))
        cpu.append(1e3 * (time.process_time() - busy))
    peak = resident_mb()
    assert peak > before, "loading the model needed more memory than the steps"
    found = {"wall_ms": wall, "cpu_ms": cpu, "losses": losses}
    print(json.dumps({**found, "loaded_mb": loaded, "peak_mb": peak}))


def in_process(what, folder, name, clips, seconds, options):
    """Returns what a process that contains one rival prints."""
    command = [sys.executable, __file__, "--rounds", str(options.rounds), "--child", what]
    command += [str(folder), name, str(clips), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr[-2000:]}")
    return json.loads(done.stdout.splitlines()[-1])


def check_equal(folder, clips, seconds, options):
    """Compares losses and gradients. Returns the largest difference of each library."""
    losses, off = [], {}
    for library in LIBRARIES:
        pair = (library, library + CHECKPOINTED)
        found = [
            in_process("gradients", folder, name, clips, seconds, options)["loss"]
            for name in pair
        ]
        np.testing.assert_allclose(found[1], found[0], rtol=SAME)
        off[library] = difference(*(np.load(folder / f"{name}.npz") for name in pair))
        assert off[library] <= SAME, (library, off[library])
        losses.append(found[0])
    np.testing.assert_allclose(losses[0], losses[1], rtol=ALIKE)
    return off


def difference(plain, again):
    """Returns the largest difference of two gradients, relative to the largest value."""
    assert plain.files == again.files
    assert plain.files
    largest = max(np.abs(plain[key]).max() for key in plain.files)
    return max(np.abs(plain[key] - again[key]).max() for key in plain.files) / largest


def compare(folder, clips, seconds, options):
    """Returns the results of one size by rival."""
    off = check_equal(folder, clips, seconds, options)
    found = {name: [] for name in RIVALS}
    for turn in range(options.turns):
        for name in RIVALS if turn % 2 == 0 else reversed(RIVALS):
            found[name].append(in_process("steps", folder, name, clips, seconds, options))
    for library in LIBRARIES:
        plain, again = (found[library + how][0]["losses"] for how in ("", CHECKPOINTED))
        np.testing.assert_allclose(again, plain, rtol=ALIKE)
    results = {name: summarized(turns) for name, turns in found.items()}
    for library in LIBRARIES:
        plain, again = results[library], results[library + CHECKPOINTED]
        again["gradient_off"] = float(f"{off[library]:.2g}")
        again["saved_mb"] = plain["rise_mb"] - again["rise_mb"]
        again["times_as_long"] = round(again["median_ms"] / plain["median_ms"], 2)
        again["times_as_long_cpu"] = round(again["cpu_median_ms"] / plain["cpu_median_ms"], 2)
    return results


def summarized(turns):
    from harness import summary

    wall, cpu = ([ms for turn in turns for ms in turn[key]] for key in ("wall_ms", "cpu_ms"))
    rises = [turn["peak_mb"] - turn["loaded_mb"] for turn in turns]
    return {
        **summary(wall),
        "cpu_median_ms": summary(cpu)["median_ms"],
        "turn_medians_ms": [round(statistics.median(turn["wall_ms"])) for turn in turns],
        "turn_medians_cpu_ms": [round(statistics.median(turn["cpu_ms"])) for turn in turns],
        "loaded_mb": round(statistics.median(turn["loaded_mb"] for turn in turns)),
        "rise_mb": round(statistics.median(rises)),
        "turn_rises_mb": [round(rise) for rise in rises],
    }


def parsed():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="timed steps of a process")
    parser.add_argument("--turns", type=int, default=3, help="processes of each rival")
    names = [f"{clips}x{seconds:g}" for clips, seconds in SIZES]
    parser.add_argument("--sizes", nargs="+", choices=names, default=names)
    parser.add_argument("--quick", action="store_true", help="does it run? judges nothing")
    parser.add_argument("--out", help="append JSON lines to this file; else they are printed")
    parser.add_argument("--child", nargs=5, help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.sizes = [size for size, name in zip(SIZES, names, strict=True)
                     if name in options.sizes]  # fmt: skip
    if options.quick:
        options.sizes, options.rounds, options.turns = [(2, 1.0)], 2, 1
    return options


def main():
    options = parsed()
    os.environ["KERAS_BACKEND"] = "tensorflow"
    if options.child:
        what, folder, name, clips, seconds = options.child
        child(what, Path(folder), name, int(clips), float(seconds), options.rounds)
        return
    from harness import report

    with tempfile.TemporaryDirectory() as folder:
        save_checkpoints(Path(folder), options.quick)
        for clips, seconds in options.sizes:
            report(
                "wav2vec2 training step with and without gradient checkpointing",
                compare(Path(folder), clips, seconds, options), out=options.out, clips=clips,
                seconds=seconds, rounds=options.rounds, turns=options.turns,
                quick=options.quick,
            )  # fmt: skip


if __name__ == "__main__":
    main()
