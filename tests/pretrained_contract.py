"""What every pretrained network of `kapre_like.models.pretrained` promises, in one place."""

import warnings
from pathlib import Path

import keras
import numpy as np
import pytest
from backend_tools import JIT, quick
from keras import ops
from tolerances import FLOAT32, FLOAT32_LONG

import kapre_like
from kapre_like.models.embeddings import open_network
from kapre_like.models.pretrained.presets import PRESETS

# Real recordings and weights, which are beside the checkout on some machines only.
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data"


def assert_close(found, expected):
    """Checks values to the rounding of float32 sums, whose order depends on the batch.

    A value is a difference of larger ones, so it is 1e-5 of the largest that counts.
    """
    scale = float(np.abs(expected).max(initial=0.0))
    np.testing.assert_allclose(
        found, expected, rtol=FLOAT32_LONG, atol=FLOAT32 * max(scale, 1.0)
    )


def clips(model, seconds=(0.3, 1.1, 2.6), seed=0):
    """Returns padded noise and its lengths. The padding holds loud samples."""
    rate = PRESETS[model.name].sample_rate
    lengths = np.array([round(s * rate) for s in seconds], "int32")
    rng = np.random.default_rng(seed)
    return rng.normal(0, 0.1, (len(lengths), lengths.max())).astype("float32"), lengths


def run(model, waveform, length):
    outputs = quick(model)([ops.convert_to_tensor(waveform), ops.convert_to_tensor(length)])
    return {name: ops.convert_to_numpy(value) for name, value in outputs.items()}


def check_outputs(model, preset=None, **options):
    """Shapes, dtypes and finite values; the padding of the embeddings is zero.

    `preset` is for a network of other sizes than the published one, `options` are of `clips`.
    """
    preset = preset or PRESETS[model.name]
    waveform, length = clips(model, **options)
    out = run(model, waveform, length)
    batch, frames, channels = out["embeddings"].shape
    assert (batch, channels) == (3, preset.channels)
    assert out["mask"].shape == (3, frames)
    assert out["mask"].dtype == bool
    assert out["mask"][:, 0].all()
    assert out["mask"][-1].all()
    assert not out["embeddings"][~out["mask"]].any()
    assert np.isfinite(out["embeddings"]).all()
    assert ("scores" in out) == bool(preset.n_classes)
    if preset.n_classes:
        assert out["scores"].shape[-1] == preset.n_classes
    assert model.count_params() == preset.n_parameters


def check_alone(model, **options):
    """A clip gives the same values alone and in a padded batch."""
    waveform, length = clips(model, **options)
    together = run(model, waveform, length)
    for i, samples in enumerate(length):
        alone = run(model, waveform[i : i + 1, :samples], length[i : i + 1])
        count = int(alone["mask"].sum())
        assert together["mask"][i].sum() == count
        for name in set(alone) - {"mask"}:
            one, other = alone[name][0], together[name][i]
            if name in ("embeddings", "scores") and one.ndim == 2:
                one, other = one[:count], other[:count]
            assert_close(one, other)


def check_saving(model, folder):
    """The saved file gives the same numbers, and its card names the network."""
    waveform, length = clips(model)
    model.save(folder / "network.keras")
    loaded = keras.saving.load_model(folder / "network.keras")
    expected, found = run(model, waveform, length), run(loaded, waveform, length)
    assert_close(found["embeddings"], expected["embeddings"])
    facts = kapre_like.metadata(folder / "network.keras")
    assert facts["recipe"]["backbone"] == model.name


def check_training(model):
    """One step changes the loss, and the gradients of silence are finite."""
    heads = []
    for name in model.output.keys() - {"mask"}:
        x = model.output[name]
        x = keras.layers.GlobalAveragePooling1D()(x) if len(x.shape) == 3 else x
        heads.append(keras.layers.Dense(1)(x))
    answer = keras.layers.Add()(heads) if len(heads) > 1 else heads[0]
    trained = keras.Model(model.inputs, answer)
    # Random heads have gradients so large that a step without a limit leads to infinity.
    optimizer = keras.optimizers.SGD(1e-3, global_clipnorm=1.0)
    trained.compile(optimizer, "mse", jit_compile=JIT)
    waveform, length = clips(model)
    waveform[0] = 0
    losses = [
        trained.train_on_batch([waveform, length], np.ones((3, 1), "float32")) for _ in range(2)
    ]
    assert np.isfinite(losses).all()
    assert losses[0] != losses[1]
    for weight in trained.trainable_weights:
        assert np.isfinite(ops.convert_to_numpy(weight)).all()


def check_states(model, **options):
    """Every hidden state has the channels that the preset says, and one value per frame.

    `"last"` is the model's output, and a state does not depend on the padding.
    """
    frozen = open_network("test", model)
    depths = [*(f"l{i:02d}" for i in range(frozen.numbered)), *frozen.named]
    waveform, length = clips(model, **options)
    states = quick(frozen.states(depths))
    found = _arrays(states([waveform, length]))
    alone = _arrays(states([waveform[:1, : length[0]], length[:1]]))
    for depth, (state, count), (one, few) in zip(depths, found, alone, strict=True):
        assert_close(one[0, : few[0]], state[0, : count[0]])
        assert state.shape[-1] == frozen.channels(depth), depth
        assert count.shape == (3,)
        assert (count >= 1).all()
        assert count.max() <= state.shape[1]
    last, count = found[depths.index("last")]
    expected = run(model, waveform, length)
    np.testing.assert_array_equal(count, expected["mask"].sum(1))
    assert_close(last * expected["mask"][..., None], expected["embeddings"])


def _arrays(pairs):
    return [[ops.convert_to_numpy(tensor) for tensor in pair] for pair in pairs]


def check_export(model, folder, format):
    """The exported file gives the model's numbers; `export` compares them itself."""
    with warnings.catch_warnings():
        # Converters use deprecated names of NumPy and TensorFlow.
        warnings.simplefilter("ignore")
        path = kapre_like.export(model, folder / f"network_{format}", format)
    assert path.exists()


def check_refused(build, path, *words):
    """Bad weights are an error of one line that has these words and the path."""
    with pytest.raises(ValueError, match=r".") as caught:
        build(path)
    message = str(caught.value)
    assert "\n" not in message
    for word in (*words, str(path)):
        assert str(word) in message, message


def truncated(path, folder, share=0.5):
    """Returns a copy of a file that ends too early, under the same name."""
    copy = folder / path.name
    copy.write_bytes(path.read_bytes()[: round(share * path.stat().st_size)])
    return copy


def clip_files(count):
    """Returns `count` files of real sound, or skips the test."""
    folder = SHARED / "esc50_folds23"
    if not folder.is_dir():
        pytest.skip("esc50_folds23 is not beside this checkout (shared/data)")
    files = sorted(folder.rglob("*.flac"))
    # Spread over the classes.
    return files[:: max(1, len(files) // count)][:count]
