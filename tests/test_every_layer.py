"""Promises of every public layer; `layer_cases.py` has the cases."""

import functools
import inspect

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, FULL, quick, to_numpy
from layer_cases import CASES, EVERY, FORMULAS, KINDS, LIKE_OTHERS, SAMPLES
from layer_contract import (
    check_compiled,
    check_gradient,
    check_layer,
    check_lengths,
    check_policies,
    close,
    full_scale_sine,
    masked_model,
    noise,
)

from kapre_like import layers

# The batch's own length first, a few around a frame's, one sample, none.
LENGTHS = [SAMPLES, 1300, 129, 128, 127, 65, 1, 0]
# Of one shape, since JAX compiles every operation anew for another.
WAVEFORM = noise(3, 900, 2)
SILENCE = np.zeros_like(WAVEFORM)
# Integers go in or come out: no gradient, and no precision.
CODES = ("MuLawEncoding", "MuLawDecoding")
# Whose frames depend on numbers, at little cost: these are tried in every configuration.
FRAMED = ("STFT", "Energy", "AmplitudeEnvelope", "RMS", "Resample", "Frame")
# A chain's layers bring their own policies.
OWN = (*CODES, "Chain")
# Silence, a sine at full scale and noise side by side.
EXTREMES = np.concatenate([SILENCE[:1], full_scale_sine(900, 2), WAVEFORM[2:]])


def every_case(cases=EVERY):
    return pytest.mark.parametrize("case", cases, ids=str)


def model_of(case):
    """From the waveform to the case's result."""
    waveform = keras.Input((None, 1))
    steps = [*case.chain(), case.layer()]
    return keras.Model(waveform, functools.reduce(lambda x, step: step(x), steps, waveform))


def assert_near(case, got, expected, level=0.0):
    """Within the case's tolerance: of the peak, or of `level` if higher; in dB as they are."""
    assert got.shape == expected.shape
    if case.decibels:
        np.testing.assert_allclose(got, expected, rtol=0, atol=case.atol)
    elif np.abs(expected).max(initial=0.0) < level:
        np.testing.assert_allclose(got, expected, rtol=0, atol=case.atol * min(1.0, level))
    else:
        close(got, expected, case.atol)


def test_every_public_layer_has_a_case():
    assert {case.name for case in CASES} | {"LengthMask"} == set(layers.__all__)


def check(case, tmp_path, **more):
    options = {"weights": case.weights, "learns": case.learns, "atol": case.atol, **more}
    check_layer(case.layer, case.inputs(WAVEFORM), tmp_path, **options)


@pytest.mark.backends
@every_case()
def test_layer_contract(case, tmp_path):
    # One case of each kind is enough for a training step.
    check(case, tmp_path, trains=any(case is first for first in KINDS))


@pytest.mark.slow
@every_case(LIKE_OTHERS)
def test_layer_contract_with_training(case, tmp_path):
    check(case, tmp_path)


@pytest.mark.kinds
@pytest.mark.backends(full=True)
@every_case([c for c in EVERY if c.after == "waveform" and (c in FORMULAS or c.name in FRAMED)])
def test_declared_shapes_are_right_at_every_length(case):
    check_lengths(case.layer, case.around, atol=max(1e-4, case.atol))


@pytest.mark.kinds
@pytest.mark.backends(full=True)
@every_case([case for case in FORMULAS if case.after != "complex" and case.name not in OWN])
def test_every_policy_computes_in_float32(case):
    x = case.inputs(EXTREMES)
    complex_ = np.iscomplexobj(to_numpy(case.layer()(x)))
    output = "policy" if case.half else "complex64" if complex_ else "float32"
    check_policies(case.layer, [x], output=output, atol=case.atol)


@pytest.mark.backends
@every_case([case for case in FORMULAS if case.after != "complex" and case.name not in CODES])
def test_gradients_are_finite_on_silence(case):
    check_gradient(quick(case.layer()), case.inputs(SILENCE))


@pytest.mark.backends
@every_case([case for case in FORMULAS if case.name not in CODES])
def test_what_is_not_a_number_stays_so(case):
    x = case.inputs(WAVEFORM).copy()
    time, *beside = (n // 2 for n in x.shape[1:])
    # A fifth of the clip, for frames may have gaps between them; of one bin and channel.
    x[(1, slice(time, time + 1 + x.shape[1] // 5), *beside)] = np.nan
    y = to_numpy(quick(case.layer())(x))
    assert np.isnan(y[1]).any()
    assert np.isfinite(y[[0, 2]]).all()


@pytest.mark.kinds
@pytest.mark.backends(full=True)
@every_case([case for case in FORMULAS if case in CASES])
def test_compiled_equals_eager(case):
    check_compiled(case.layer, case.inputs(WAVEFORM), atol=case.atol, learns=case.learns)


@pytest.mark.backends(full=True)
@every_case()
def test_one_clip_needs_no_batch_axis(case):
    x = noise(1, SAMPLES, 1)
    for layer in case.chain():
        x = layer(x)
    layer = case.layer()
    np.testing.assert_array_equal(to_numpy(layer.one(x[0])), to_numpy(layer(x))[0])


@pytest.mark.kinds
@pytest.mark.backends
@every_case([case for case in CASES if case.padded])
def test_a_clip_in_a_padded_batch_is_itself(case):
    lengths = LENGTHS if FULL else LENGTHS[:2]
    model, without = masked_model([*case.chain(), case.layer()]), quick(model_of(case))
    waveform = noise(len(lengths), SAMPLES)
    for clip, length in enumerate(lengths):
        waveform[clip, length:] = 1e3  # what padding holds must not matter
    together, mask = (to_numpy(y) for y in model([waveform, np.array(lengths, "int32")]))
    assert mask.shape == together.shape[:2]
    # What cancels out, as a constant does in a constant-Q transform, leaves rounding behind.
    level = 1e-2 * np.abs(together[mask.astype("bool")]).max()
    for clip, length in enumerate(lengths):
        if clip == 0 and not FULL:  # it is not padded
            continue
        one = waveform[clip : clip + 1, :length]
        alone, own = (to_numpy(y) for y in model([one, np.array([length], "int32")]))
        steps = alone.shape[1]
        assert own.all()
        np.testing.assert_array_equal(mask[clip], np.arange(mask.shape[1]) < steps)
        assert np.isfinite(alone.view(alone.real.dtype)).all()
        assert_near(case, together[clip : clip + 1, :steps], alone, level)
        # And without any mask, as a user who has one clip would call it.
        assert_near(case, to_numpy(without(one[..., None])), alone, level)


@pytest.mark.kinds
@pytest.mark.skipif(BACKEND != "tensorflow", reason="promised for TensorFlow")
@every_case(CASES)
def test_it_maps_over_a_dataset_before_and_after_batching(case):
    import tensorflow as tf

    # What leads to the layer is computed before: those layers have cases of their own.
    x, layer = case.inputs(noise(4, SAMPLES, 1)), case.layer()
    expected = layer(x)
    dataset = tf.data.Dataset.from_tensor_slices(x)
    before = np.stack([y.numpy() for y in dataset.map(layer.one)])
    after = np.concatenate([y.numpy() for y in dataset.batch(3).map(layer)])
    assert_near(case, before, to_numpy(expected))
    assert_near(case, after, to_numpy(expected))


@pytest.mark.kinds
@pytest.mark.skipif(BACKEND != "tensorflow", reason="tf.data belongs to TensorFlow")
# TensorFlow makes no variables inside a map: what learns is made outside.
@every_case([case for case in CASES if case.after == "waveform" and not case.learns])
def test_it_can_be_made_inside_a_dataset_s_map(case):
    import tensorflow as tf

    clips = noise(2, SAMPLES, 1)
    dataset = tf.data.Dataset.from_tensor_slices(clips)
    mapped = [y.numpy() for y in dataset.map(lambda x: case.layer().one(x))]
    assert_near(case, np.stack(mapped), to_numpy(case.layer()(clips)))


# Values that are wrong for any argument. Each is tried on every argument.
NONSENSE = object()
WRONG = [NONSENSE, "nonsense", -1, -0.5, 0, float("nan"), float("inf"), [], {}, None, True, 1.5]


def arguments():
    """One case per layer, with each argument of its constructor."""
    return [
        pytest.param(case, name, id=f"{case.name}-{name}")
        for case in {case.name: case for case in CASES}.values()
        for name, parameter in inspect.signature(getattr(layers, case.name)).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    ]


def refusal(case, name, value):
    """The message of the error that a value causes, or `None` if the layer takes it."""
    try:
        layer = case.layer(**{name: value})
    except ValueError as error:
        return str(error)
    # What the constructor took must survive its configuration.
    assert type(layer).from_config(layer.get_config()).get_config() == layer.get_config()
    return None


@pytest.mark.filterwarnings("ignore:.*bands contain no FFT bin")
@pytest.mark.parametrize(("case", "name"), arguments())
def test_a_wrong_value_is_named_in_the_error(case, name):
    assert refusal(case, name, NONSENSE) is not None
    for value in WRONG:
        message = refusal(case, name, value)
        if message is not None:
            assert message.startswith(f"{case.name}: `"), (value, message)
            assert " must be " in message, (value, message)
            assert "Received: " in message, (value, message)
            # An error of two contradicting arguments may name either.
            assert name in message, (value, message)


@every_case(list({case.name: case for case in CASES}.values()))
def test_a_wrong_input_is_named_in_the_error(case):
    x = noise(2, SAMPLES, 1)
    for step in case.chain():
        x = to_numpy(step(x))
    # In a chain the first layer raises the error.
    speaker = "Pad" if case.name == "Chain" else case.name
    for wrong in case.wrong_inputs(x):
        with pytest.raises(ValueError, match=rf"^(?s:.*){speaker}: "):
            case.layer()(wrong)
