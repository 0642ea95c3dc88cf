"""Networks for CTC: shapes, padding, causality, saving, training on three backends."""

import keras
import numpy as np
import pytest
from backend_tools import BACKEND, JIT, to_numpy
from tolerances import FLOAT32, FLOAT32_LONG

import kapre_like
import kapre_like.models.conformer as conformer_family
import kapre_like.models.deepspeech2 as deepspeech2_family
from kapre_like.models.artifact.speech_frames import speech_frames
from kapre_like.models.blocks.frame_losses import CTCLoss
from kapre_like.models.conformer import conformer
from kapre_like.models.deepspeech2 import deepspeech2

pytestmark = pytest.mark.backends

FAMILIES = {"deepspeech2": deepspeech2_family, "conformer": conformer_family}
BUILD = {"deepspeech2": deepspeech2, "conformer": conformer}
# Around the hops of the front end (160 samples) and one sample; a clip of nothing is one frame.
LENGTHS = np.array([9000, 4161, 4160, 161, 1, 0], "int32")
TOKENS = 6
TEXTS = np.array([[1, 2, 2, 3], [4, 1, -1, -1], [5, -1, -1, -1], [-1] * 4, [-1] * 4, [-1] * 4])


def clips():
    """Clips of very different length and level, with loud rubbish in the padding."""
    waveform = np.random.default_rng(0).normal(0, 0.1, (len(LENGTHS), 9000)).astype("float32")
    waveform *= 10.0 ** -np.arange(len(LENGTHS))[:, None].astype("float32") / 2
    for row, length in zip(waveform, LENGTHS, strict=True):
        row[length:] = 1.0
    return waveform


def predict(model, waveform, length):
    return to_numpy(model([waveform, np.asarray(length, "int32")], training=False))


def as_if_trained(model):
    """Moves weights, biases and moving averages off the zeros and ones that hide mistakes."""
    rng = np.random.default_rng(1)
    for variable in model.weights:
        if variable.dtype.startswith("float"):
            variable.assign(variable + rng.uniform(0, 0.1, variable.shape).astype("float32"))
    return model


@pytest.fixture(scope="module", params=[(n, c) for n in BUILD for c in (False, True)], ids=str)
def model(request):
    name, causal = request.param
    return as_if_trained(BUILD[name]("tiny", n_tokens=TOKENS, causal=causal, seed=1))


def frames_of(model, samples):
    return FAMILIES[model.name].output_frames(int(samples))


def test_a_clip_alone_equals_itself_in_a_batch_and_has_its_declared_frames(model):
    waveform = clips()
    together = predict(model, waveform, LENGTHS)
    for i, length in enumerate(LENGTHS):
        alone = predict(model, waveform[i : i + 1, : max(length, 1)], LENGTHS[i : i + 1])[0]
        assert alone.shape == (frames_of(model, length), TOKENS)
        # Log probabilities to -30, in float32.
        np.testing.assert_allclose(alone, together[i, : len(alone)], atol=3e-5)
        np.testing.assert_allclose(np.exp(alone).sum(-1), 1.0, rtol=FLOAT32)
        assert (together[i, len(alone) :, 0] == 0).all()
        assert (together[i, len(alone) :, 1:] == -1e9).all()


@pytest.mark.parametrize("family", BUILD)
def test_frames_are_counted_at_every_length_around_a_boundary(family):
    network = BUILD[family]("tiny", n_tokens=2, sample_rate=400, n_mels=4, fmin=0.0)
    # JAX compiles for each length.
    every = (1, 2, *range(28, 45), 100) if BACKEND == "tensorflow" else (1, 31, 32, 36, 44)
    for samples in every:
        declared = FAMILIES[family].output_frames(samples, sample_rate=400)
        assert (
            predict(network, np.ones((1, samples), "float32"), [samples]).shape[1] == declared
        )
    assert FAMILIES[family].output_frames(0, sample_rate=400) == 1


def test_seconds_of_a_frame_and_analysis_frames():
    assert deepspeech2_family.frame_seconds() == pytest.approx(0.02)
    assert conformer_family.frame_seconds("small", sample_rate=8000) == pytest.approx(0.04)
    assert speech_frames(8000) == speech_frames(8000, n_fft=256, win_length=200, hop_length=80)
    with pytest.raises(ValueError, match=r"output_frames: `row` must be one of .*'tiny'"):
        deepspeech2_family.output_frames(1, "huge")


def test_the_published_row_has_the_published_parameters():
    # AssemblyAI's tutorial prints this number for 29 tokens.
    assert deepspeech2("published", n_tokens=29).count_params() == 23_705_373


def test_conformer_small_has_the_encoder_of_the_paper():
    # 10.3 million with the transducer's decoder and joint network, which CTC does not have.
    assert 8.5e6 < conformer("small", n_tokens=29).count_params() < 9e6


@pytest.mark.parametrize("family", BUILD)
def test_padding_changes_nothing_in_a_training_step(family):
    results = []
    for extra in (0, 4000):
        network = BUILD[family]("tiny", n_tokens=TOKENS, seed=3, dropout=0.0)
        network.compile(keras.optimizers.SGD(0.1), CTCLoss(zero_infinity=True), jit_compile=JIT)
        waveform = np.pad(clips()[:3], ((0, 0), (0, extra)), constant_values=1.0)
        network.train_on_batch([waveform, LENGTHS[:3]], TEXTS[:3])
        results.append(np.concatenate([to_numpy(w).ravel() for w in network.weights]))
    np.testing.assert_allclose(results[1], results[0], atol=FLOAT32_LONG)


@pytest.mark.parametrize("family", BUILD)
def test_a_causal_frame_does_not_depend_on_later_samples(family):
    network = as_if_trained(BUILD[family]("tiny", n_tokens=TOKENS, causal=True))
    waveform = clips()[:1]
    before = predict(network, waveform, [9000])[0]
    frame = 10
    # The last sample of an analysis frame is half a transform behind its middle.
    end = 2 * frame * 160 + 256
    changed = waveform.copy()
    changed[:, end:] *= -3.0
    after = predict(network, changed, [9000])[0]
    np.testing.assert_allclose(after[: frame + 1], before[: frame + 1], atol=FLOAT32)
    assert np.abs(after[frame + 1 :] - before[frame + 1 :]).max() > 1e-3


def test_a_network_of_whole_clips_uses_both_sides_and_ignores_the_level(model):
    if any("Bidirectional" in type(layer).__name__ for layer in model.layers):
        waveform = clips()[:1]
        louder = predict(model, waveform * 2, [9000])
        np.testing.assert_allclose(louder, predict(model, waveform, [9000]), atol=1e-3)


def test_saved_model_file_keeps_log_probabilities(model, tmp_path):
    model.save(tmp_path / "model.keras")
    loaded = kapre_like.load_model(tmp_path / "model.keras")
    expected = predict(model, clips(), LENGTHS)
    np.testing.assert_allclose(predict(loaded, clips(), LENGTHS), expected, atol=FLOAT32)


@pytest.mark.parametrize("family", BUILD)
@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_gives_finite_float32_near_the_full_one(family, policy):
    full = BUILD[family]("tiny", n_tokens=TOKENS, seed=2)
    keras.config.set_dtype_policy(policy)
    try:
        half = BUILD[family]("tiny", n_tokens=TOKENS, seed=2)
    finally:
        keras.config.set_dtype_policy("float32")
    got = predict(half, clips()[:2], LENGTHS[:2])
    assert got.dtype == np.float32
    expected = predict(full, clips()[:2], LENGTHS[:2])
    # Eight bits of mantissa through a dozen layers.
    np.testing.assert_allclose(got, expected, atol=0.3)


@pytest.mark.parametrize("family", BUILD)
@pytest.mark.parametrize("causal", [False, pytest.param(True, marks=pytest.mark.slow)])
def test_training_learns_and_stays_finite_on_silence(family, causal):
    network = BUILD[family]("tiny", n_tokens=TOKENS, causal=causal, seed=4, dropout=0.0)
    network.compile(keras.optimizers.AdamW(2e-3), CTCLoss(zero_infinity=True), jit_compile=JIT)
    waveform = clips()[:3]
    waveform[2] = 0.0
    losses = [network.train_on_batch([waveform, LENGTHS[:3]], TEXTS[:3]) for _ in range(6)]
    assert losses[-1] < losses[0]
    assert all(np.isfinite(to_numpy(w)).all() for w in network.weights)


@pytest.mark.parametrize("causal", [False, True])
def test_augmentations_change_training_only(causal):
    mask = kapre_like.SpecAugment(freq_mask_param=30, time_mask_param=30, seed=1)
    network = deepspeech2(n_tokens=3, causal=causal, augmentations=(mask,), dropout=0.0)
    plain = deepspeech2(n_tokens=3, causal=causal, dropout=0.0)
    inputs = [clips()[:2], LENGTHS[:2]]
    expected = predict(plain, *inputs)
    np.testing.assert_allclose(predict(network, *inputs), expected, atol=FLOAT32)
    assert np.abs(to_numpy(network(inputs, training=True)) - expected).max() > 1e-3


@pytest.mark.slow
@pytest.mark.skipif(BACKEND != "tensorflow", reason="another process writes the same file")
@pytest.mark.parametrize(
    ("form", "ending"), [("savedmodel", ""), ("litert", ".tflite"), ("onnx", ".onnx")]
)
def test_exports_give_the_same_numbers(model, form, ending, tmp_path):
    # The export compares the file with the model at two batch sizes and two lengths.
    assert kapre_like.export(model, tmp_path / f"model{ending}", format=form).exists()


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"row": "huge"}, r"`row` must be one of .*'tiny'.* Received: row='huge'"),
        ({"n_tokens": 0}, r"`n_tokens` must be an int > 0. Received: n_tokens=0"),
        ({"hop_length": 0}, r"`hop_length` must be an int > 0"),
    ],
)
@pytest.mark.parametrize("family", BUILD)
def test_bad_argument_is_named(family, bad, message):
    with pytest.raises(ValueError, match=message):
        BUILD[family](**{"n_tokens": 3, **bad})
