"""What share of a training step of `vgg` does augmentation take?

    python benchmarks/bench_augmented_step.py --out benchmarks/results/augmented_step.jsonl

Batches have 32 clips of 5 s of noise at 16 kHz. The row and the frames are those that `vgg`
chooses for such clips, and the compiled step is that of `kapre-like train`. The steps of the
recipes take turns. The share includes the layers for waveforms and spectrograms. The layers for
labels run in the input pipeline, in parallel with the step.
"""

import argparse

import numpy as np
from harness import race, report

from kapre_like.models.training.augmenting import behind_augmentation, recipe_of
from kapre_like.models.training.compiling import compile_model, create_variables
from kapre_like.models.training.schedule import Schedule
from kapre_like.models.vgg import vgg
from kapre_like.models.vgg.defaults import FRONT_END, LARGE_DATA_ROW

RATE, CLASSES = 16000, 10
RECIPES = ("none", "street", "light", "environment")


def step_of(recipe, row, frames, batch):
    """Returns a function that trains one step with a recipe."""
    names = [str(number) for number in range(CLASSES)]
    facts = {"sample_rate": RATE, "class_names": names, "seed": 0}
    changes = recipe_of(recipe, facts)
    layers = () if changes is None else changes.spectrogram
    network = vgg(row, class_names=names, seed=0, augmentations=layers, **frames)
    model = behind_augmentation(network, changes)
    compile_model(model, Schedule(epochs=100), steps=100, task="classify")
    create_variables(model)
    return lambda: model.train_on_batch(*batch)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--row", default=LARGE_DATA_ROW)
    parser.add_argument("--recipes", nargs="+", default=RECIPES)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--quick", action="store_true", help="smoke test with small inputs")
    parser.add_argument("--out", help="append the JSON line to this file")
    options = parser.parse_args()
    if options.quick:
        options.clips, options.seconds, options.rounds = 2, 2.0, 2
    rng = np.random.default_rng(0)
    samples = round(options.seconds * RATE)
    waveform = rng.normal(0, 0.1, (options.clips, samples)).astype("float32")
    length = np.full(options.clips, samples, "int32")
    batch = ([waveform, length], np.arange(options.clips) % CLASSES)
    # The frames that `vgg` chooses for clips of 2 s and more.
    frames = {
        name: 2 * getattr(FRONT_END, name) for name in ("n_fft", "win_length", "hop_length")
    }
    steps = {name: step_of(name, options.row, frames, batch) for name in options.recipes}
    results = race(steps, warmup=2, rounds=options.rounds)
    plain = results["none"]["median_ms"]
    for figures in results.values():
        figures["share"] = round(max(0.0, 1 - plain / figures["median_ms"]), 3)
    setting = {"row": options.row, "clips": options.clips, "seconds": options.seconds}
    report("augmentation in a training step", results, out=options.out, **setting)


if __name__ == "__main__":
    main()
