"""UniSpeech, UniSpeech-SAT, data2vec, WavLM, MMS: the numbers of transformers, with masks."""

import json

import keras
import numpy as np
import pytest
from backend_tools import to_numpy
from tolerances import FLOAT32
from wav2vec2_checkpoints import (
    KINDS,
    LAYER,
    STACKED,
    TINY,
    WAVLM,
    Saved,
    answer,
    batch,
    clips,
    difference,
    load_file,
    run,
    safetensors,
    save,
    torch,
)
from wav2vec2_twins import parameter_gradients

import kapre_like
from kapre_like.models.wav2vec2 import (
    CtcTokenizer,
    Wav2Vec2Config,
    from_huggingface,
    to_huggingface,
    wav2vec2,
)
from kapre_like.models.wav2vec2.backbone.relative_positions import position_buckets

pytestmark = [
    pytest.mark.backends(full=True),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
    # PyTorch, of the way in which transformers calls its attention for WavLM.
    pytest.mark.filterwarnings("ignore:Support for mismatched key_padding_mask:UserWarning"),
]
# One block on two convolutions, because writing a file takes its time by layers.
FLAT = {
    "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2,
    "intermediate_size": 20, "conv_dim": (8, 8), "conv_kernel": (10, 3), "conv_stride": (25, 4),
    "num_conv_pos_embeddings": 2, "num_conv_pos_embedding_groups": 2, "num_buckets": 16,
    "max_bucket_distance": 20,
}  # fmt: skip
NEW = ("unispeech", "sat", "data2vec", "data2vec ctc", "wavlm", "wavlm ctc", "wavlm classify")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return Saved(tmp_path_factory)


@pytest.mark.parametrize("kind", NEW)
def test_masked_numbers_are_those_of_transformers(kind, saved):
    theirs, folder = saved(kind)
    options = {"padding": "huggingface", "attention_mask": True, "normalize": False}
    model = from_huggingface(folder, KINDS[kind][1], **options)
    x, length = batch(clips(8000, 5500, 2000), padding=0.0)
    mask = torch.as_tensor(np.arange(8000)[None] < length[:, None]).long()
    expected = answer(theirs, x, attention_mask=mask)
    assert difference(run(model, [x, length]), expected) < 1e-4


@pytest.mark.parametrize("kind", ["data2vec", "wavlm"])
def test_a_clip_in_a_padded_batch_is_the_clip_alone(kind, saved):
    model = from_huggingface(saved(kind)[1])
    waveforms = clips(6000, 2500)
    whole = run(model, batch(waveforms))
    alone = run(model, batch(waveforms[1:]))
    frames = alone.shape[1]
    np.testing.assert_allclose(whole[1, :frames], alone[0], atol=FLOAT32)


@pytest.mark.parametrize(
    ("buckets", "most"), [(320, 800), (32, 128), (16, 20), (8, 512), (5, 7)]
)
def test_every_distance_has_the_bucket_of_transformers(buckets, most):
    from transformers.models.wavlm.modeling_wavlm import WavLMAttention

    theirs = WavLMAttention(8, 2, num_buckets=buckets, max_distance=most)
    distance = torch.arange(-most, most + 1)
    want = theirs._relative_positions_bucket(distance).numpy()
    np.testing.assert_array_equal(position_buckets(buckets, most), want)


def test_gradient_checkpointing_keeps_the_gradient_of_the_relative_positions():
    config = Wav2Vec2Config.from_json(
        {"model_type": "wavlm", **TINY, **WAVLM, "layerdrop": 0.0, "mask_time_prob": 0.0}
        | dict.fromkeys(("hidden_dropout", "attention_dropout", "activation_dropout"), 0.0)
    )
    inputs = batch(clips(3000))
    gradients = []
    for again in (False, True):
        model = wav2vec2(config, seed=0, gradient_checkpointing=again)
        loss = lambda y: keras.ops.mean(keras.ops.square(y)[..., :5])  # noqa: E731
        gradients.append(parameter_gradients(model, inputs, loss))
    assert gradients[0].keys() == gradients[1].keys()
    (name,) = [name for name in gradients[0] if "relative_positions" in name]
    assert np.abs(gradients[0][name]).max() > 0
    # Some gradients, as of the keys' bias, are nothing but rounding.
    largest = max(np.abs(gradient).max() for gradient in gradients[0].values())
    for name, gradient in gradients[0].items():
        np.testing.assert_allclose(
            gradients[1][name], gradient, rtol=1e-3, atol=FLOAT32 * largest
        )


def check_file(kind, form, path):
    if keras.config.backend() != "tensorflow":
        pytest.skip("files are written on TensorFlow")
    from test_wav2vec2_exports import check_export

    config = Wav2Vec2Config.from_json({"model_type": kind, **FLAT})
    check_export(wav2vec2(config, seed=0), form, path)


@pytest.mark.parametrize(
    "form",
    [
        pytest.param("savedmodel", marks=pytest.mark.slow),
        "onnx",
        pytest.param("litert", marks=pytest.mark.slow),
    ],
)
def test_wavlm_runs_as_a_file_of_each_format(tmp_path, form):
    check_file("wavlm", form, tmp_path / "m")


@pytest.mark.slow
def test_data2vec_runs_in_onnxruntime(tmp_path):
    check_file("data2vec-audio", "onnx", tmp_path / "m")


@pytest.mark.parametrize("kind", [pytest.param("wav2vec2", marks=pytest.mark.slow), "wavlm"])
def test_a_single_head_runs_in_onnxruntime(kind, tmp_path):
    """Its converter loses an axis of size 1 between two transpositions."""
    if keras.config.backend() != "tensorflow":
        pytest.skip("files are written on TensorFlow")
    config = Wav2Vec2Config.from_json({"model_type": kind, **FLAT, "num_attention_heads": 1})
    model = wav2vec2(config, seed=0)
    kapre_like.export(model, tmp_path / "m", format="onnx")


@pytest.mark.parametrize("name", ["Wav2Vec2Model", "WavLMModel"])
def test_a_single_head_has_the_numbers_of_transformers(name, tmp_path):
    theirs = save(tmp_path, name, num_attention_heads=1, size=FLAT)
    model = from_huggingface(tmp_path, padding="huggingface", normalize=False)
    x = batch(clips(3000))
    assert difference(run(model, x), answer(theirs, x[0])) < 1e-4


@pytest.mark.slow
@pytest.mark.parametrize("form", ["savedmodel", "onnx", "litert"])
def test_a_classifier_of_wavlm_runs_as_a_file(saved, tmp_path, form):
    from test_wav2vec2_exports import check_export

    check_export(from_huggingface(saved("wavlm classify")[1], "classify"), form, tmp_path / "m")


@pytest.mark.parametrize("kind", ["wavlm", "data2vec"])
def test_a_keras_file_gives_the_same(kind, saved, tmp_path):
    model = from_huggingface(saved(kind)[1], max_seconds=0.2)
    model.save(tmp_path / "model.keras")
    x = batch(clips(7000))
    again = kapre_like.models.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(run(again, x), run(model, x))


def test_a_kind_of_encoder_writes_only_its_own_fields():
    for kind, own in {"wavlm": "num_buckets", "data2vec-audio": "conv_pos_kernel_size"}.items():
        values = Wav2Vec2Config.from_json({"model_type": kind}).to_json()
        assert own in values
        assert "feat_proj_layer_norm" not in values
        assert Wav2Vec2Config.from_json(values) == Wav2Vec2Config.from_json(
            {"model_type": kind}
        )
    assert "num_buckets" not in Wav2Vec2Config().to_json()
    with pytest.raises(
        ValueError, match="`do_stable_layer_norm` must be False with model_type"
    ):
        Wav2Vec2Config(**STACKED, model_type="data2vec-audio", do_stable_layer_norm=True)


def test_the_pretraining_head_of_another_kind_is_refused(saved):
    with pytest.raises(ValueError, match="pretrained on another task"):
        from_huggingface(saved("wavlm")[1], "pretrain")


# --- MMS


@pytest.fixture(scope="module")
def multilingual(tmp_path_factory):
    """A CTC network with adapters, and its adapter and head for a second language."""
    folder = tmp_path_factory.mktemp("mms")
    values = {**LAYER, "adapter_attn_dim": 8}
    save(folder, "Wav2Vec2ForCTC", **values)
    other = save(folder / "french", "Wav2Vec2ForCTC", seed=1, **{**values, "vocab_size": 9})
    own = load_file(folder / "french/model.safetensors")
    french = {k: v for k, v in own.items() if "adapter_layer" in k or "lm_head" in k}
    safetensors.save_file(french, folder / "adapter.fra.safetensors")
    tokens = {
        "eng": {"<pad>": 0, "<unk>": 1, "|": 2, "a": 3},
        "fra": {"<pad>": 0, "<unk>": 1, "|": 2, "é": 3},
    }
    (folder / "vocab.json").write_text(json.dumps(tokens))
    (folder / "tokenizer_config.json").write_text(json.dumps({"target_lang": "eng"}))
    del other
    return folder


def test_a_language_of_mms_brings_its_adapter_head_and_tokens(multilingual, tmp_path):
    from transformers import Wav2Vec2ForCTC

    kwargs = {"target_lang": "fra", "ignore_mismatched_sizes": True}
    theirs = Wav2Vec2ForCTC.from_pretrained(multilingual, **kwargs).eval()
    x = np.random.default_rng(0).standard_normal((1, 5000)).astype("float32")
    options = {"padding": "huggingface", "normalize": False, "target_lang": "fra"}
    log = []
    model = from_huggingface(multilingual, "ctc", report=log.append, **options)
    assert (log[0].fresh, log[0].unused) == ([], [])
    got = run(model, [x, np.array([5000], "int32")])
    expected = answer(theirs, x)
    assert got.shape[-1] == 9
    assert difference(got, expected) < 1e-4
    assert CtcTokenizer.of(model).token(3) == "é"
    to_huggingface(model, tmp_path)
    again = Wav2Vec2ForCTC.from_pretrained(tmp_path).eval()
    assert difference(answer(again, x), expected) < 1e-4
    assert json.loads((tmp_path / "config.json").read_text())["vocab_size"] == 9
    assert kapre_like.load_predictor(multilingual, target_lang="fra").task == "ctc"


@pytest.mark.parametrize("language", ["deu", "../fra", 3, ""])
def test_the_error_for_a_missing_language_lists_the_others(multilingual, language):
    with pytest.raises(ValueError, match="from_huggingface: `target_lang` must be") as caught:
        from_huggingface(multilingual, "ctc", target_lang=language)
    assert "\n" not in str(caught.value)
    assert language != "deu" or "['fra']" in str(caught.value)


def test_without_a_language_the_weights_own_is_read_and_the_others_are_named(multilingual):
    log = []
    from_huggingface(multilingual, "ctc", report=log.append)
    assert "1 files of single languages are not used: adapter.fra.safetensors" in str(log[0])


def test_a_checkpoint_without_languages_refuses_one(saved):
    with pytest.raises(ValueError, match="`target_lang` must be None for this checkpoint"):
        from_huggingface(saved("ctc")[1], "ctc", target_lang="fra")


def test_hidden_states_of_wavlm_by_name(saved):
    theirs, folder = saved("wavlm")
    model = from_huggingface(folder, output="all", padding="huggingface", normalize=False)
    x = batch(clips(3000))
    with torch.no_grad():
        expected = theirs(torch.tensor(x[0]), output_hidden_states=True).hidden_states
    ours = model(x)
    for i, state in enumerate(expected):
        assert difference(to_numpy(ours[f"hidden_{i}"]), state.numpy()) < 1e-4
