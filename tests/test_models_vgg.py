"""The VGG network: a clip alone equals itself in a batch, untrained and trained."""

import inspect
import warnings

import keras
import numpy as np
import pytest
from tolerances import FLOAT32, FLOAT32_LONG, FLOAT32_SHORT

import kapre_like
from kapre_like.models.vgg import ROWS, receptive_field, vgg
from kapre_like.models.vgg.defaults import FRONT_END

RNG = np.random.default_rng(0)
LENGTHS = np.array([4000, 9000, 161, 1, 0], "int32")


def clips():
    """Clips of very different length and level, with loud rubbish in the padding."""
    waveform = RNG.normal(0, 0.1, (len(LENGTHS), 9000)).astype("float32")
    waveform *= 10.0 ** np.arange(0, -5, -1)[:, None].astype("float32")
    for row, length in zip(waveform, LENGTHS, strict=True):
        row[length:] = 1.0
    return waveform


def predict(model, waveform, length):
    return keras.ops.convert_to_numpy(model([waveform, length], training=False))


def trained(model, steps=3):
    """A few steps at a high rate, so that norms and weights are far from their start."""
    classify = model.output_shape[1:] == (3,)
    loss = "sparse_categorical_crossentropy" if classify else "mean_squared_error"
    labels = np.array([0, 1, 2, 0, 1] if classify else [1.0, 5.0, 2.0, 3.0, 4.0])
    # Three steps are done sooner than a graph of one; the test of padding trains in a graph.
    model.compile(keras.optimizers.AdamW(0.01), loss, run_eagerly=True)
    for _ in range(steps):
        model.train_on_batch([clips(), LENGTHS], labels)
    return model


@pytest.fixture(scope="module", params=["classify", "regress"])
def model(request):
    names = ["a", "b", "ö"] if request.param == "classify" else None
    return vgg("tiny", class_names=names, score_scale=2.0, score_offset=3.0, seed=1)


@pytest.mark.parametrize("steps", [pytest.param(0, marks=pytest.mark.slow), 3])
def test_a_clip_alone_equals_itself_in_a_batch(model, steps):
    if steps:
        trained(model, steps)
    waveform = clips()
    together = predict(model, waveform, LENGTHS)
    for i, length in enumerate(LENGTHS):
        # One sample at least: Keras has no empty convolution input on some backends.
        alone = predict(model, waveform[i : i + 1, : max(length, 1)], LENGTHS[i : i + 1])
        # Float32 sums in another order, of values up to about 10.
        np.testing.assert_allclose(alone[0], together[i], atol=FLOAT32)


def test_padding_changes_nothing_in_a_training_step():
    # The second run appends a second of rubbish to the padding.
    results = []
    for extra in (0, 16000):
        net = vgg("tiny", class_names=["a", "b", "c"], seed=3, dropout=0.0)
        net.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
        waveform = np.pad(clips() * 0 + 0.01 * np.sin(np.arange(9000)), ((0, 0), (0, extra)))
        waveform = waveform.astype("float32")
        net.train_on_batch([waveform, LENGTHS], np.array([0, 1, 2, 0, 1]))
        results.append(np.concatenate([w.numpy().ravel() for w in net.weights]))
    np.testing.assert_allclose(results[1], results[0], atol=FLOAT32_LONG)


@pytest.mark.parametrize("row", [name for name, row in ROWS.items() if not row.residual])
def test_every_row_builds_with_its_declared_shapes(row):
    net = vgg(row, class_names=["a", "b"])
    assert net.output_shape == (None, 2)
    convolutions = [layer for layer in net.layers if isinstance(layer, keras.layers.Conv2D)]
    expected = [w for n, w in ROWS[row].stages for _ in range(n)]
    assert [c.filters for c in convolutions] == expected


def test_silence_gives_finite_probabilities_that_add_up_to_one():
    net = vgg("tiny", class_names=["a", "b"])
    got = predict(net, np.zeros((2, 8000), "float32"), np.array([8000, 100], "int32"))
    np.testing.assert_allclose(got.sum(1), 1.0, rtol=FLOAT32_SHORT)


@pytest.mark.slow
def test_learned_front_end_starts_equal_and_learns():
    fixed = vgg("tiny", class_names=["a", "b", "c"], seed=5)
    learned = vgg(
        "tiny", class_names=["a", "b", "c"], seed=5, learn_stft="kernels", learn_mel="matrix"
    )
    waveform = clips()
    # Decibels that differ by 0.01 dB move a softmax by less than 1e-3.
    np.testing.assert_allclose(
        predict(learned, waveform, LENGTHS), predict(fixed, waveform, LENGTHS), atol=1e-3
    )
    front = learned.get_layer("log_mel")
    before = [w.numpy().copy() for w in front.trainable_weights]
    assert len(before) == 3
    trained(learned, 1)
    assert all(
        np.abs(a - w.numpy()).max() > 0 for a, w in zip(before, front.weights, strict=True)
    )


def test_saved_model_file_keeps_probabilities_and_card(model, tmp_path):
    waveform = clips()
    expected = predict(model, waveform, LENGTHS)
    model.save(tmp_path / "model.keras")
    loaded = kapre_like.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(predict(loaded, waveform, LENGTHS), expected, atol=FLOAT32_SHORT)
    facts = kapre_like.metadata(tmp_path / "model.keras")
    assert facts["sample_rate"] == 16000
    assert facts["class_names"] in (None, ["a", "b", "ö"])
    assert facts["task"] == ("regress" if facts["class_names"] is None else "classify")


def test_receptive_field_of_vgg16_by_hand():
    # Stage k adds (2 per convolution + 1 for the pool) times 2**(k-1):
    # 1 + 5*1 + 5*2 + 7*4 + 7*8 + 7*16 = 212 frames; 211 hops of 10 ms and a 25 ms window.
    field = receptive_field("vgg16")
    assert field.frames == 212
    assert field.milliseconds == pytest.approx(211 * 10 + 25)
    assert field.mels == 64  # all there are, from 20 Hz to half of 16 kHz
    assert field.hertz == pytest.approx((7980, 7980))


def test_the_front_end_that_is_built_is_the_one_that_is_described():
    described = {**vars(FRONT_END), "fmax": None}
    built = vgg("tiny", class_names=["a", "b"]).get_layer("log_mel").get_config()
    assert {name: built[name] for name in described} == described
    for function in (vgg, receptive_field):
        given = {n: p.default for n, p in inspect.signature(function).parameters.items()}
        shared = set(described) & set(given)
        assert len(shared) >= 7
        assert {name: given[name] for name in shared} == {n: described[n] for n in shared}


def _reached(inputs, outputs, examples):
    """Which inputs a gradient reaches from one cell of the outputs, over many examples."""
    import tensorflow as tf

    part = keras.Model(inputs, outputs)
    reached = None
    for example in examples:
        data = [tf.constant(one) for one in example]
        with tf.GradientTape() as tape:
            tape.watch(data[0])
            cell = part(data, training=False)[0, 5]
        found = np.abs(tape.gradient(cell, data[0]).numpy())[0] > 0
        reached = found if reached is None else reached | found
    return reached


def test_receptive_field_is_what_reaches_a_cell_of_the_network_as_built():
    # A cell of a max pool depends on one input, so many random clips together fill the field.
    # The click pins the clip's peak, to which all decibels refer; it is outside the field.
    samples, click = 40000, slice(39000, 40000)

    def clip(seed):
        waveform = np.random.default_rng(seed).normal(0, 0.1, (1, samples))
        waveform[:, click] *= 5.0
        return waveform.astype("float32"), np.array([samples], "int32")

    net = vgg(seed=0)
    last = next(layer for layer in net.layers if layer.name == "stage4_pool")
    reached = _reached(net.inputs, last.output, map(clip, range(12)))
    assert not reached[38000:38500].any()
    field = np.flatnonzero(reached[:38000])
    width = field.max() - field.min() + 1
    # The window is 0 at its first sample, and next to it so small that float32 loses it.
    assert width == pytest.approx(receptive_field().milliseconds * 16, abs=4)


def test_building_warns_when_the_pattern_is_longer_than_the_field():
    with pytest.warns(UserWarning, match=r"receptive field of 'tiny' is 4\d\d ms.*'vgg11'"):
        vgg("tiny", class_names=["a", "b"], pattern_ms=1000)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        vgg("tiny", class_names=["a", "b"], pattern_ms=300)


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"row": "vgg12"}, r"vgg: `row` must be one of .*'vgg16'.* Received: row='vgg12'"),
        ({"score_scale": 0.0}, r"vgg: `score_scale` must be a number > 0"),
        ({"hop_length": 0}, r"`hop_length` must be an int > 0. Received: hop_length=0"),
    ],
)
def test_bad_argument_is_named(bad, message):
    with pytest.raises(ValueError, match=message):
        vgg(**bad)
