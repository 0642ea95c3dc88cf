"""`MixUp`, `CutMix`, `BetweenClass`: partners, mixtures and labels."""

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, compiled, to_numpy
from layer_contract import noise
from scipy import stats
from tolerances import FLOAT32, FLOAT32_SHORT, FLOAT32_STEP

from kapre_like.augment import BetweenClass, CutMix, MixUp
from kapre_like.filters.augmentation import beta_quantiles
from kapre_like.ops.mixing import from_quantiles, mixed_by_pressure, with_span

EVERY = pytest.mark.parametrize("layer", [MixUp, CutMix, BetweenClass])
N = 40


def tagged(*shape):
    """Examples with one value each, different from all others, and one-hot labels."""
    x = np.ones((N, *shape)) * np.arange(1, N + 1).reshape(-1, *[1] * len(shape))
    return x.astype("float32"), np.eye(N, dtype="float32")


def trained(layer, x, y):
    return keras.tree.map_structure(to_numpy, layer((x, y), training=True))


@pytest.mark.backends
@pytest.mark.parametrize("shape", [(7,), (7, 2), (7, 5, 1)])
def test_examples_and_labels_have_the_same_weights(shape):
    x, y = tagged(*shape)
    mixture, labels = trained(MixUp(alpha=1.0, seed=0), x, y)
    np.testing.assert_allclose(labels.sum(axis=1), 1, rtol=FLOAT32_SHORT)
    expected = labels @ x.reshape(N, -1)
    np.testing.assert_allclose(mixture.reshape(N, -1), expected, rtol=FLOAT32)
    assert (labels > 0).sum(axis=1).max() == 2


@pytest.mark.backends
@EVERY
def test_partners_are_a_permutation(layer):
    x, y = tagged(50)
    _, labels = trained(layer(seed=1), x, y)
    own = np.diag(labels)
    others = labels - np.diag(own)
    # Whoever is its own partner keeps the whole label.
    partner = np.where(others.max(axis=1) > 0, others.argmax(axis=1), np.arange(N))
    mixed = own < 1
    assert len(set(partner[mixed])) == mixed.sum()
    assert mixed.sum() > N / 2


@pytest.mark.parametrize("alpha", [0.2, 1.0, 4.0])
def test_weights_have_the_beta_distribution(alpha):
    draws = np.random.default_rng(0).random(20000, dtype="float32")
    weights = to_numpy(from_quantiles(draws, quantiles=beta_quantiles(alpha)))
    # Numbers that differ from 1 in float32.
    limits = np.linspace(0.001, 0.999, 500)
    below = (weights[:, None] <= limits).mean(axis=0)
    expected = stats.beta(alpha, alpha).cdf(limits)
    # One in a hundred by chance; the seed is fixed.
    assert np.abs(below - expected).max() < 1.63 / np.sqrt(20000)


def test_a_layer_draws_weights_of_its_alpha():
    weights = to_numpy(MixUp(alpha=0.5, seed=0).draw_weights(4000))
    assert stats.kstest(weights, stats.beta(0.5, 0.5).cdf).statistic < 1.95 / np.sqrt(4000)


@pytest.mark.backends
@pytest.mark.parametrize("shape", [(31,), (31, 2)])
def test_the_share_of_a_span_is_the_weight_of_its_label(shape):
    x, y = tagged(*shape)
    mixture, labels = trained(CutMix(seed=0), x, y)
    flat = mixture.reshape(N, 31, -1)[..., 0]
    own = flat == np.arange(1, N + 1)[:, None]
    np.testing.assert_allclose(own.mean(axis=1), np.diag(labels), atol=FLOAT32_SHORT)
    # One span without gaps, of the partner.
    assert (np.abs(np.diff(own.astype(int), axis=1)).sum(axis=1) <= 2).all()
    expected = labels @ x.reshape(N, 31, -1)[:, 0, 0]
    np.testing.assert_allclose(flat.mean(axis=1), expected, rtol=FLOAT32)


def test_the_share_of_a_box_is_the_weight_of_its_label():
    x, y = tagged(20, 10, 1)
    mixture, labels = trained(CutMix(seed=0), x, y)
    own = (mixture == x)[..., 0]
    np.testing.assert_allclose(own.mean(axis=(1, 2)), np.diag(labels), atol=FLOAT32_SHORT)
    for box in ~own:
        rows, columns = box.any(axis=1), box.any(axis=0)
        np.testing.assert_array_equal(box, rows[:, None] & columns[None])


@pytest.mark.backends
def test_spans_lie_in_the_steps_that_both_have():
    rng = np.random.default_rng(0)
    x, other = np.ones((500, 20), "float32"), np.full((500, 20), 2, "float32")
    length = rng.integers(0, 21, 500).astype("int32")
    its = rng.integers(0, 21, 500).astype("int32")
    tensor = keras.ops.convert_to_tensor
    y, share = with_span(
        tensor(x), tensor(other), keep=tensor(rng.random(500, dtype="float32")),
        draws=tensor(rng.random((500, 2), dtype="float32")), length=tensor(length),
        other_length=tensor(its),
    )  # fmt: skip
    taken = to_numpy(y) == 2
    both = np.minimum(length, its)
    assert not (taken & (np.arange(20) >= both[:, None])).any()
    expected = 1 - taken.sum(axis=1) / np.maximum(length, 1)
    np.testing.assert_allclose(to_numpy(share), expected, atol=FLOAT32_SHORT)


@pytest.mark.backends
def test_sound_pressures_have_the_ratio_of_the_labels():
    x, other = noise(4, 900), 7 * noise(4, 900, seed=1)
    ratio = np.array([0.3, 0.5, 1.0, 0.0], "float32")
    length, its = np.array([900, 400, 900, 900]), np.array([900, 900, 100, 900])
    x = x * (np.arange(900) < length[:, None])
    other = other * (np.arange(900) < its[:, None])
    y = to_numpy(
        mixed_by_pressure(
            keras.ops.convert_to_tensor(x, "float32"),
            keras.ops.convert_to_tensor(other, "float32"),
            ratio=keras.ops.convert_to_tensor(ratio),
            length=keras.ops.convert_to_tensor(length),
            other_length=keras.ops.convert_to_tensor(its),
        )
    )  # fmt: skip
    for row in (0, 1):
        level = [20 * np.log10(np.sqrt((a[row] ** 2).sum() / n[row]))
                 for a, n in ((x, length), (other, its))]  # fmt: skip
        r = ratio[row]
        p = 1 / (1 + 10 ** ((level[0] - level[1]) / 20) * (1 - r) / r)
        expected = (p * x[row] + (1 - p) * other[row]) / np.sqrt(p**2 + (1 - p) ** 2)
        np.testing.assert_allclose(y[row], expected, atol=FLOAT32)
    np.testing.assert_allclose(y[2], x[2], atol=FLOAT32_STEP)
    np.testing.assert_allclose(y[3], other[3], atol=FLOAT32_STEP)


def test_between_class_takes_silence_and_labels_with_the_ratio():
    x, y = tagged(9)
    x[::2] = 0
    mixture, labels = trained(BetweenClass(seed=0), x, y)
    assert np.isfinite(mixture).all()
    np.testing.assert_allclose(labels.sum(axis=1), 1, rtol=FLOAT32_SHORT)
    assert stats.kstest(np.diag(labels), "uniform").pvalue > 1e-3


@pytest.mark.backends
@EVERY
def test_lengths_are_those_of_the_mixtures(layer):
    x, y = tagged(30)
    length = (np.arange(N) % 30 + 1).astype("int32")
    (mixture, ends), labels = trained(layer(seed=0), [x, length], y)
    used = np.array([length[row > 0].max() for row in labels])
    expected = length if layer is CutMix else used
    np.testing.assert_array_equal(ends, expected)
    assert not (mixture * (np.arange(30) >= ends[:, None])).any()
    named, other = trained(layer(seed=0), {"waveform": x, "length": length}, y)
    np.testing.assert_array_equal(named["waveform"], mixture)
    np.testing.assert_array_equal(named["length"], ends)
    np.testing.assert_array_equal(other, labels)


@pytest.mark.backends
@EVERY
def test_labels_of_whole_numbers_become_one_hot_at_inference_too(layer):
    x, whole = tagged(5)[0], np.arange(N) % 3
    for labels in (whole, whole[:, None], whole.astype("int32")):
        y = layer(n_classes=3)((x, labels))
        np.testing.assert_array_equal(to_numpy(y[1]), np.eye(3)[whole])
        np.testing.assert_array_equal(to_numpy(y[0]), x)
        _, mixed = trained(layer(n_classes=3), x, labels)
        np.testing.assert_allclose(mixed.sum(axis=1), 1, rtol=FLOAT32_SHORT)
    with pytest.raises(ValueError, match=rf"{layer.__name__}: `n_classes` must be given"):
        layer()((x, whole))
    several = np.zeros((N, 2), "int32")
    with pytest.raises(
        ValueError, match=rf"{layer.__name__}: expects integer .* shape=\(40, 2"
    ):
        layer(n_classes=3)((x, several))


@EVERY
@pytest.mark.parametrize("shape", [(N,), (N, 1), (N, 4)])
def test_scores_keep_their_shape_and_inference_changes_nothing(layer, shape):
    x, scores = tagged(5)[0], np.random.default_rng(0).random(shape).astype("float32")
    plain = layer()((x, scores))
    np.testing.assert_array_equal(to_numpy(plain[1]), scores)
    _, mixed = trained(layer(), x, scores)
    assert mixed.shape == shape
    assert not np.array_equal(mixed, scores)


@EVERY
def test_some_examples_stay_as_they_are(layer):
    x, y = (np.repeat(part, 20, axis=0) for part in tagged(5))
    _, labels = trained(layer(probability=0.25, seed=0), x, y)
    changed = (labels.max(axis=1) < 1).mean()
    assert changed < 0.29
    assert changed > (0.1 if layer is CutMix else 0.2)
    mixture, labels = trained(layer(probability=0.0), x, y)
    np.testing.assert_array_equal(labels, y)
    np.testing.assert_allclose(mixture, x, rtol=FLOAT32_SHORT)


@EVERY
def test_a_seed_repeats_the_draws_and_the_layer_saves(layer):
    x, y = tagged(5)
    make = layer(seed=4, probability=0.9, n_classes=N)
    clone = layer.from_config(make.get_config())
    assert clone.get_config() == make.get_config()
    for _ in range(2):
        first, second = (trained(one, x, y) for one in (make, clone))
        np.testing.assert_array_equal(first[1], second[1])
    symbolic = make((keras.Input((5,)), keras.Input((), dtype="int32")))
    assert [tuple(part.shape) for part in symbolic] == [(None, 5), (None, N)]


@EVERY
@pytest.mark.skipif(BACKEND != "tensorflow", reason="tf.data and XLA are TensorFlow's")
def test_it_runs_in_a_map_of_tf_data_and_through_xla(layer):
    import tensorflow as tf

    x, whole = tagged(5)[0], np.arange(N) % 3
    mix = layer(n_classes=3, probability=0.5)
    data = tf.data.Dataset.from_tensor_slices((x, whole)).batch(16)
    sizes = [len(y) for _, y in data.map(lambda x, y: mix((x, y), training=True))]
    assert sizes == [16, 16, 8]
    function = compiled(lambda x, y: mix((x, y), training=True))
    assert np.isfinite(to_numpy(function(x, whole)[0])).all()


@EVERY
def test_bad_arguments_and_inputs_are_named_in_the_error(layer):
    name = layer.__name__
    x, y = tagged(5)
    for bad in ({"probability": 2}, {"n_classes": 0}, {"seed": -1}, {"alpha": 0}):
        if "alpha" in bad and layer is BetweenClass:
            continue
        (argument,) = bad
        with pytest.raises(ValueError, match=rf"^{name}: `{argument}` must be .* Received: "):
            layer(**bad)
    for wrong in (x, (x.astype("int32"), y), (x[..., None, None, None], y), ({"x": x}, y)):
        with pytest.raises(ValueError, match=f"{name}: "):
            layer()(wrong)
