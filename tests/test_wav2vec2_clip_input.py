"""Any sample rate and any length before a Wav2Vec2 network, and what its edges are."""

import keras
import numpy as np
import pytest
from backend_tools import to_numpy
from tolerances import FLOAT32
from wav2vec2_checkpoints import KINDS, answer, difference, save
from wav2vec2_twins import TINY, assert_close, clips

import kapre_like
from kapre_like.models.artifact.card import card_of
from kapre_like.models.blocks.clip_rate import ClipInput
from kapre_like.models.wav2vec2 import (
    Wav2Vec2Config,
    frame_count,
    frame_seconds,
    from_huggingface,
    wav2vec2,
    wav2vec2_for_pretraining,
)
from kapre_like.models.wav2vec2.backbone.waveform_input import ClipNormalization
from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts

pytestmark = [
    pytest.mark.backends(full=True),
    # 5.23 warns of its own use of PyTorch's weight norm.
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]
CONFIG = Wav2Vec2Config(**TINY)
LENGTHS = np.array([4000, 3001, 150, 0], "int32")


@pytest.mark.parametrize("masked", [True, False])
@pytest.mark.parametrize("most", [700, 2500])
def test_cut_and_normalised_as_by_the_feature_extractor(masked, most):
    from transformers import Wav2Vec2FeatureExtractor

    rng = np.random.default_rng(0)
    waves = [rng.standard_normal(n).astype("float32") + 0.3 for n in (3000, 1700, 450)]
    extractor = Wav2Vec2FeatureExtractor(
        do_normalize=True, return_attention_mask=masked, padding_value=0.0
    )
    expected = extractor(
        waves, sampling_rate=16000, padding=True, truncation=True, max_length=most,
        return_tensors="np",
    )  # fmt: skip
    # Without a mask the padding is part of the input: 0, as in the extractor.
    x = np.full((3, 3000), np.nan, "float32")
    for row, wave in zip(x, waves, strict=True):
        row[: len(wave)] = wave
    cut, length = ClipInput(max_samples=most)([x, np.array([3000, 1700, 450], "int32")])
    y, count = ClipNormalization(masked=masked)([cut, length])
    np.testing.assert_allclose(to_numpy(y), expected["input_values"], rtol=0, atol=FLOAT32)
    width = min(most, 3000)
    ends = [min(most, n) for n in (3000, 1700, 450)] if masked else [width] * 3
    assert to_numpy(count).tolist() == ends
    if masked:
        assert expected["attention_mask"].sum(1).tolist() == ends


def test_each_clip_is_resampled_to_its_own_end():
    layer = ClipInput(sample_rate=8000, target_rate=16000)
    y, length = (to_numpy(v) for v in layer([clips(LENGTHS, fill=np.nan), LENGTHS]))
    assert length.tolist() == (2 * LENGTHS).tolist()
    resample = kapre_like.Resample(orig_sr=8000, target_sr=16000)
    for i, count in enumerate(LENGTHS[:3]):
        alone = to_numpy(resample(clips(LENGTHS)[i, None, :count, None]))[0, :, 0]
        np.testing.assert_allclose(y[i, : 2 * count], alone, rtol=0, atol=FLOAT32)
        assert not y[i, 2 * count :].any()


def test_a_model_at_8_khz_is_the_network_behind_a_resampler():
    options = {"seed": 0, "normalize": True}
    low = wav2vec2(CONFIG, sample_rate=8000, truncate_seconds=0.4, **options)
    plain = wav2vec2(CONFIG, **options)
    plain.set_weights(low.get_weights())
    x = clips(LENGTHS, fill=np.nan)
    y = to_numpy(low([x, LENGTHS]))
    resample = kapre_like.Resample(orig_sr=8000, target_sr=16000)
    for i, count in enumerate(LENGTHS[:3]):
        wave = to_numpy(resample(x[i, None, :count, None]))[:, :6400, 0]
        expected = to_numpy(plain([wave, np.array([wave.shape[1]], "int32")]))[0]
        assert len(expected) == frame_count(int(count), low)
        assert_close(y[i, : len(expected)], expected, 2e-5)
    assert y.shape[1] == frame_count(4000, low) == frame_count(6400)
    assert frame_seconds(low) == 0.02


def test_a_checkpoint_at_another_rate_saved_and_loaded(tmp_path):
    name, head, changes = KINDS["classify"]
    theirs = save(tmp_path / "folder", name, **changes)
    options = {"head": head, "report": lambda loaded: None, "padding": "huggingface"}
    model = from_huggingface(
        tmp_path / "folder", sample_rate=8000, truncate_seconds=0.25, max_seconds=0.2, **options
    )
    model.save(tmp_path / "m.keras")
    x, n = clips([1500]), np.array([1500], "int32")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    assert_close(loaded([x, n]), to_numpy(model([x, n])), 1e-6)
    card, facts = card_of(loaded), CheckpointFacts.of(loaded)
    assert (card.sample_rate, facts.sampling_rate) == (8000, 16000)
    # 0.1875 s are shorter than a window, so the whole is what transformers gives.
    wave = to_numpy(kapre_like.Resample(orig_sr=8000, target_sr=16000)(x[..., None]))[..., 0]
    wave = (wave - wave.mean()) / np.sqrt(wave.var() + 1e-7)
    assert difference(to_numpy(model([x, n])), answer(theirs, wave)) < 1e-4


def test_silence_and_clips_under_one_frame_have_one_frame_and_finite_numbers():
    for encoder in (None, "logmel"):
        model = wav2vec2(CONFIG, "ctc", feature_encoder=encoder, sample_rate=8000, seed=0)
        for samples in (0, 1, 199, 200):
            y = model([np.zeros((1, samples), "float32"), np.array([samples], "int32")])
            assert y.shape == (1, 1, 12)
            assert np.isfinite(to_numpy(y)).all()


def test_a_network_without_masking_has_no_vector_to_train():
    for values, trained in (({}, True), ({"apply_spec_augment": False}, False)):
        config = Wav2Vec2Config(**{**TINY, "apply_spec_augment": True, **values})
        layer = wav2vec2(config, seed=0).get_layer("span_masking")
        assert bool(layer.trainable_variables) == trained
        assert len(layer.variables) == 2
    given = wav2vec2_for_pretraining(Wav2Vec2Config(**TINY), mask_length=4, seed=0)
    assert given.get_layer("span_masking").trainable_variables


def test_the_error_of_pretraining_models_has_the_right_call():
    model = wav2vec2_for_pretraining(Wav2Vec2Config(**TINY), mask_length=4, seed=0)
    with pytest.raises(ValueError, match="Use `evaluate`"):
        model.predict([clips(LENGTHS), LENGTHS])


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        ({"sample_rate": 0}, "sample_rate"),
        ({"sample_rate": 8000.5}, "sample_rate"),
        ({"sample_rate": "8 kHz"}, "sample_rate"),
        ({"truncate_seconds": 0}, "truncate_seconds"),
        ({"truncate_seconds": float("inf")}, "truncate_seconds"),
        ({"truncate_seconds": []}, "truncate_seconds"),
        ({"card": 3}, "card"),
        ({"normalize": 1}, "normalize"),
        ({"attention_mask": "yes"}, "attention_mask"),
        ({"padding": {}}, "padding"),
    ],
    ids=str,
)
def test_wrong_arguments(arguments, name):
    for build in (wav2vec2, wav2vec2_for_pretraining):
        with pytest.raises(ValueError, match=f"wav2vec2: `{name}` must be"):
            build(CONFIG, **arguments)


@pytest.mark.parametrize("shape", [(900, 2), (2, 900), (1, 900, 1)])
def test_several_channels_are_one_clear_line(shape):
    """At the list of waveforms, and at the layers that meet a waveform first."""
    from kapre_like.models.artifact.clip_batches import padded

    x = np.zeros(shape, "float32")
    with pytest.raises(ValueError, match=r"a waveform must be mono.*\(samples,\)") as caught:
        padded([x])
    assert "\n" not in str(caught.value)
    for layer in (ClipInput(sample_rate=8000), ClipNormalization()):
        with pytest.raises(ValueError, match="`waveform` must be mono, of shape"):
            layer([x[None] if x.ndim == 2 else x, np.array([900], "int32")])
