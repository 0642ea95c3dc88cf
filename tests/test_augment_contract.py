"""What every augmentation promises; `augment_cases.py` has the cases."""

import keras
import numpy as np
import pytest
from augment_cases import CASES
from backend_tools import BACKEND, FULL, compiled, gradient, to_numpy
from layer_contract import MaskProbe, check_layer, check_policies
from random_tools import distinct, drawn
from tolerances import FLOAT32_SHORT

from kapre_like import augment
from kapre_like.layers import LengthMask

# One configuration of each layer, for what takes long. JAX compiles every operation.
FIRST = list({case.name: case for case in reversed(CASES)}.values())


def cases(*kinds, first=BACKEND != "tensorflow"):
    """Parametrizes a test by the cases of these kinds; with `first` others are slow."""
    return pytest.mark.parametrize(
        "case",
        [
            pytest.param(case, marks=pytest.mark.slow if first and case not in FIRST else ())
            for case in CASES
            if not kinds or case.kind in kinds
        ],
        ids=str,
    )


EVERY, EACH_LAYER = cases(), cases(first=True)
WAVEFORMS, EACH_WAVEFORM = cases("waveform"), cases("waveform", first=True)


def trained(layer, x):
    """One training call; as one program on JAX, which compiles every eager operation alone."""
    if BACKEND == "jax" and not isinstance(x, list):
        return drawn(layer, x, 1)[0]
    return keras.tree.map_structure(to_numpy, layer(x, training=True))


def check_copies(layer, x, tmp_path):
    """`check_layer` where the declared size of the time axis is unknown."""
    assert layer.compute_output_shape(x.shape)[1] is None
    clone = type(layer).from_config(layer.get_config())
    assert clone.get_config() == layer.get_config()
    model = keras.Sequential([keras.Input(x.shape[1:]), clone])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(to_numpy(loaded(x)), x)


def test_every_layer_has_a_case():
    assert {case.name for case in CASES} == {
        name for name in augment.__all__ if hasattr(getattr(augment, name), "transform")
    }


@pytest.mark.backends
@EVERY
def test_inference_returns_the_input_and_the_layer_saves(case, tmp_path):
    x = case.batch()
    layer = case.layer()
    for training in (None, False):
        np.testing.assert_array_equal(to_numpy(layer(x, training=training)), x)
    if layer.changes_time:
        check_copies(layer, x, tmp_path)
        return
    check_layer(case.layer, x, tmp_path, trains=BACKEND == "tensorflow")
    np.testing.assert_array_equal(to_numpy(case.layer(probability=0.0)(x, training=True)), x)


@EVERY
def test_policies_change_nothing_at_inference(case):
    check_policies(case.layer, [case.batch()], output="float32", atol=FLOAT32_SHORT)


@EACH_LAYER
def test_training_under_every_policy_is_float32_and_finite(case):
    for policy in ("mixed_float16", "mixed_bfloat16", "float64"):
        layer = case.layer(dtype=policy, seed=3)
        y = layer(case.batch(), training=True)
        dtype = "float64" if policy == "float64" else "float32"
        assert keras.backend.standardize_dtype(y.dtype) == dtype
        assert np.isfinite(to_numpy(y)).all()


@pytest.mark.backends
@EACH_LAYER
def test_each_call_of_a_graph_and_each_example_has_its_own_draws(case):
    if not case.varied:
        pytest.skip("the change is the same every time")
    same = np.repeat(case.batch()[1:2], 8, axis=0)
    results = drawn(case.layer(), same, 4)
    assert distinct(results) > 1
    # Of two channels eight examples are swapped alike in one call of 128.
    assert max(distinct(list(result)) for result in results) > 1
    first, second = (drawn(case.layer(seed=7), same[:3], 2) for _ in range(2))
    np.testing.assert_allclose(first[0], second[0], atol=FLOAT32_SHORT)
    np.testing.assert_allclose(first[1], second[1], atol=FLOAT32_SHORT)


@pytest.mark.backends
@EVERY
def test_an_example_alone_equals_itself_in_a_padded_batch(case):
    long, ends = case.batch(), [None, 25 if case.kind == "spectrogram" else 700, 3]
    lengths = np.array([long.shape[1], *ends[1:]], "int32")
    for row, end in enumerate(lengths):
        long[row, end:] = 0
    layer = case.layer(seed=5)
    x = keras.ops.convert_to_tensor(long)
    layer.build(x.shape)
    layer.prepare()
    draws = layer.draw(tuple(x.shape))

    def changed(x, length, draws):
        y = layer.transform(x, length, draws)
        return y if layer.changes_length else (y, length)

    y, stops = changed(x, keras.ops.convert_to_tensor(lengths), draws)
    for row in range(len(long)):
        own = {name: value[row : row + 1] for name, value in draws.items()}
        alone, stop = changed(
            x[row : row + 1], keras.ops.convert_to_tensor(lengths[row : row + 1]), own
        )
        end = int(stops[row])
        assert int(stop[0]) == end
        a, b = to_numpy(alone)[0, :end], to_numpy(y)[row, :end]
        scale = max(np.abs(b).max(initial=0.0), 1e-6)
        np.testing.assert_allclose(a, b, rtol=0, atol=case.atol * scale)


@pytest.mark.backends
@EVERY
def test_the_size_of_the_padding_does_not_matter(case):
    long, end = case.batch()[:1], 25 if case.kind == "spectrogram" else 700
    long[:, end:] = 0
    layer = case.layer(seed=6)
    layer.build(long.shape)
    layer.prepare()
    x, steps = keras.ops.convert_to_tensor(long), keras.ops.convert_to_tensor([end], "int32")
    draws = layer.draw(tuple(x.shape))
    # Draws for each step are those of the steps that are left.
    sizes = {n: draw.shape for n, draw in layer.draw((1, end, *x.shape[2:])).items()}
    own = {n: draw[tuple(slice(0, k) for k in sizes[n])] for n, draw in draws.items()}
    alone = layer.transform(x[:, :end], steps, own)
    padded = layer.transform(x, steps, draws)
    if layer.changes_length:
        (alone, stop), (padded, _) = alone, padded
        end = int(stop[0])
    a, b = to_numpy(alone)[0, :end], to_numpy(padded)[0, :end]
    np.testing.assert_allclose(a, b, rtol=0, atol=case.atol * np.abs(b).max())


@pytest.mark.backends
@WAVEFORMS
def test_masks_and_pairs_of_waveform_and_length(case):
    waveform = case.batch(channels=1)[..., 0]
    lengths = np.array([waveform.shape[1], 700, 0], "int32")
    layer = case.layer(seed=1)
    masked = LengthMask()([waveform, lengths])
    y = layer(masked, training=True)
    valid = to_numpy(y._keras_mask)
    assert (np.diff(valid.astype(int), axis=1) <= 0).all()
    assert np.abs(to_numpy(y)[~valid]).max(initial=0.0) == 0
    assert np.isfinite(to_numpy(y)).all()
    silent = waveform * (np.arange(waveform.shape[1]) < lengths[:, None])
    pair, ends = case.layer(seed=1)([silent, lengths], training=True)
    assert keras.backend.standardize_dtype(ends.dtype) == "int32"
    assert len(pair.shape) == 2
    np.testing.assert_array_equal(to_numpy(ends), valid.sum(axis=1))
    np.testing.assert_allclose(to_numpy(pair), to_numpy(y)[..., 0], atol=FLOAT32_SHORT)
    if not layer.changes_length:
        np.testing.assert_array_equal(to_numpy(ends), lengths)


@EVERY
def test_silence_stays_silent_and_has_finite_gradients(case):
    silence = np.zeros_like(case.batch(examples=2))
    layer = case.layer(seed=2)
    layer.build(silence.shape)
    layer.prepare()
    slope = gradient(lambda x: layer(x, training=True), silence)
    assert np.isfinite(slope).all()
    if case.quiet:
        np.testing.assert_array_equal(trained(case.layer(seed=2), silence), 0)


@pytest.mark.backends
@EVERY
def test_gradients_pass(case):
    if not case.smooth:
        pytest.skip("the change has no gradient")
    x = case.batch()
    layer = case.layer(seed=2)
    layer.build(x.shape)
    layer.prepare()
    slope = gradient(lambda x: layer(x, training=True) ** 2, x)
    assert np.isfinite(slope).all()
    assert (np.abs(slope).reshape(len(x), -1).max(axis=1) > 0).all()


@EACH_LAYER
@pytest.mark.skipif(BACKEND == "torch", reason="PyTorch has no XLA here")
def test_it_trains_through_xla(case):
    x = case.batch()
    layer = case.layer()
    layer.build(x.shape)
    layer.prepare()
    if BACKEND == "jax":
        assert np.isfinite(drawn(layer, x, 2)).all()
        return
    function = compiled(lambda x: layer(x, training=True))
    results = [to_numpy(function(x)) for _ in range(3)]
    assert np.isfinite(results).all()
    assert distinct(results) > 1 or not case.varied


@pytest.mark.skipif(BACKEND != "tensorflow", reason="tf.data runs TensorFlow")
@EACH_WAVEFORM
def test_it_runs_inside_a_map_of_tf_data(case):
    import tensorflow as tf

    waveform = case.batch(channels=1)[..., 0]
    lengths = np.array([waveform.shape[1], 700, 300], "int32")
    layer = case.layer(seed=4)
    data = tf.data.Dataset.from_tensor_slices((waveform, lengths)).batch(2).repeat(2)
    batches = list(data.map(lambda x, n: layer([x, n], training=True)))
    assert len(batches) == 4
    for y, ends in batches:
        assert np.isfinite(y.numpy()).all()
        assert (ends.numpy() <= y.shape[1]).all()
    assert distinct([batches[0][0].numpy(), batches[2][0].numpy()]) == 2 or not case.varied


@pytest.mark.backends
@EACH_WAVEFORM
def test_it_trains_inside_a_model_that_exports_without_it(case, tmp_path):
    waveform, length = keras.Input((None,)), keras.Input((), dtype="int32")
    x = case.layer(seed=0)(LengthMask()([waveform, length]))
    out = keras.layers.GlobalAveragePooling1D()(keras.layers.Dense(2)(x))
    model = keras.Model([waveform, length], [out, MaskProbe()(x)])
    trainer = keras.Model([waveform, length], out)
    trainer.compile("sgd", "mse")
    clips = case.batch(channels=1)[..., 0]
    lengths = np.array([clips.shape[1], 700, 300], "int32")
    _, mask = model([clips, lengths], training=True)
    _, ends = case.layer(seed=0)([clips, lengths], training=True)
    np.testing.assert_array_equal(to_numpy(mask).sum(axis=1), to_numpy(ends))
    history = trainer.fit([clips, lengths], np.ones((3, 2)), verbose=0, epochs=1 + FULL)
    assert np.isfinite(history.history["loss"]).all()
    path = tmp_path / "model.keras"
    model.save(path)
    loaded = keras.models.load_model(path, custom_objects={"MaskProbe": MaskProbe})
    for got, expected in zip(loaded([clips, lengths]), model([clips, lengths]), strict=True):
        np.testing.assert_allclose(to_numpy(got), to_numpy(expected), atol=FLOAT32_SHORT)


@pytest.mark.parametrize(
    "bad", [{"probability": 1.5}, {"probability": "often"}, {"seed": -1}], ids=str
)
@EVERY
def test_bad_arguments_are_named_in_the_error(case, bad):
    (name,) = bad
    if case.always and name == "probability":
        pytest.skip("it has no probability")
    with pytest.raises(ValueError, match=rf"^{case.name}: `{name}` must be .* Received: "):
        case.layer(**bad)


@EVERY
def test_bad_inputs_are_named_in_the_error(case):
    wrong = case.batch().astype("int32"), np.ones(5, "float32")
    names = [case.name, *(name for name, _ in case.arguments.get("layers", []))]
    for x in wrong:
        with pytest.raises(ValueError, match=f"({'|'.join(names)}): "):
            case.layer()(x)


@pytest.mark.backends
def test_a_pair_passes_through_layers_of_a_functional_model():
    waveform, length = keras.Input((None,)), keras.Input((), dtype="int32")
    x = augment.SpeedPerturb(min_speed=1.25, max_speed=1.25)([waveform, length])
    model = keras.Model([waveform, length], augment.Gain(seed=0)(x))
    clips, ends = np.ones((2, 1000), "float32"), np.array([1000, 500], "int32")
    y, kept = model([clips, ends], training=True)
    np.testing.assert_array_equal(to_numpy(kept), [800, 400])
    assert (np.abs(to_numpy(y)).sum(axis=1) > 0).all()
    np.testing.assert_array_equal(to_numpy(y)[1, 400:], 0)
    np.testing.assert_array_equal(to_numpy(model([clips, ends])[1]), ends)
