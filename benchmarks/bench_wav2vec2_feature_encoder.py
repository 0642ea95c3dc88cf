"""How much lighter is log-mel than the convolutions, under the same Wav2Vec2 transformer?

    python benchmarks/bench_wav2vec2_feature_encoder.py --out \
        benchmarks/results/wav2vec2_feature_encoder.jsonl

`wav2vec2(config)` is compared with `wav2vec2(config, feature_encoder="logmel")`: the whole
network and the feature encoder alone for one clip of 10 s, at base and tiny size, and a
training step of the tiny size with 8 clips of 2 s and a classifier. Weights are random, because
times do not depend on them. Before timing, both must have the same number of frames and the
same layers after the encoder.
"""

import argparse
from functools import partial

import keras
import numpy as np
from harness import race, report

from kapre_like.models.wav2vec2 import Wav2Vec2Config, preset, wav2vec2

RATE = 16000
ENCODERS = {"convolutions": None, "logmel": "logmel"}
SIZES = {"base": Wav2Vec2Config(), "tiny": preset("wav2vec2-tiny")}
# The first layer after the feature encoder.
FIRST = "feature_projection"


def noise(clips, seconds):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((clips, int(seconds * RATE))).astype("float32")
    return [x, np.full(clips, x.shape[1], "int32")]


def pair(config, head=None, labels=None):
    return {
        name: wav2vec2(config, head, labels=labels, feature_encoder=encoder, seed=0)
        for name, encoder in ENCODERS.items()
    }


def encoder_of(model):
    """Returns the model up to the features."""
    return keras.Model(model.inputs, model.get_layer(FIRST).input)


def assert_agreement(config, inputs):
    """Checks for the same number of frames and the same layers after the encoder."""
    models = pair(config)
    raw, light = models.values()
    assert raw.predict_on_batch(inputs).shape == light.predict_on_batch(inputs).shape
    for layer in raw.layers:
        if layer.name.startswith(("block_", "positional", "encoder_norm")):
            twin = light.get_layer(layer.name)
            assert [v.shape for v in layer.variables] == [v.shape for v in twin.variables]


def parameters(models):
    return {name: int(model.count_params()) for name, model in models.items()}


def compare(title, models, method, inputs, options, **setting):
    calls = {n: partial(getattr(m, method), *inputs) for n, m in models.items()}
    results = race(calls, warmup=2, rounds=2 if options.quick else options.rounds)
    slow, fast = (results[name]["median_ms"] for name in ENCODERS)
    results["times_as_fast"] = round(slow / fast, 2)
    report(
        f"Wav2Vec2 feature encoders: {title}", results, out=options.out,
        parameters=parameters(models), rounds=options.rounds, **setting,
    )  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--quick", action="store_true", help="smoke test with small inputs")
    parser.add_argument("--out", help="append JSON lines to this file (default: print)")
    options = parser.parse_args()
    seconds = 1 if options.quick else 10
    assert_agreement(SIZES["tiny"], noise(2, 1.3))
    for size in ("tiny",) if options.quick else SIZES:
        models, inputs = pair(SIZES[size]), [noise(1, seconds)]
        setting = {"size": size, "clips": 1, "seconds": seconds}
        compare("forward", models, "predict_on_batch", inputs, options, **setting)
        alone = {name: encoder_of(model) for name, model in models.items()}
        compare("encoder alone", alone, "predict_on_batch", inputs, options, **setting)
    models = pair(SIZES["tiny"], "classify", labels=4)
    for model in models.values():
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
        model.compile(keras.optimizers.Adam(1e-4), loss, jit_compile=False)
    clips = [noise(8, 2), np.arange(8) % 4]
    setting = {"size": "tiny", "clips": 8, "seconds": 2}
    compare("training step", models, "train_on_batch", clips, options, **setting)


if __name__ == "__main__":
    main()
