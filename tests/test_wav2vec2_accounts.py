"""Tensors that only a checkpoint or only a model has are reported, kept, or an error."""

import json

import keras
import numpy as np
import pytest
from tolerances import FLOAT32_SHORT
from wav2vec2_checkpoints import (
    LAYER,
    Saved,
    answer,
    batch,
    clips,
    copy,
    difference,
    run,
    same,
    save,
    torch,
    transformers,
)  # fmt: skip

from kapre_like.models.artifact.card import card_of
from kapre_like.models.wav2vec2 import (
    AMSoftmaxLoss,
    TripletLoss,
    from_huggingface,
    to_huggingface,
    wav2vec2,
)

NAMES = ["hot", "cold", "warm"]

pytestmark = [
    pytest.mark.backends(full=True),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    return Saved(tmp_path_factory)


def test_unused_and_fresh_are_named_and_the_unused_are_kept(saved, tmp_path, caplog):
    theirs, folder = saved("ctc")
    log = []
    model = from_huggingface(folder, report=log.append)
    assert log[0].unused == ["lm_head.bias", "lm_head.weight"]
    assert "unused: lm_head.bias, lm_head.weight" in str(log[0])
    lost = to_huggingface(model, tmp_path / "lost")
    assert lost.dropped == ["lm_head.bias", "lm_head.weight"]
    assert "dropped" in caplog.text
    kept = to_huggingface(model, tmp_path / "kept", source=folder)
    assert kept.kept == ["lm_head.bias", "lm_head.weight"]
    _, info = type(theirs).from_pretrained(tmp_path / "kept", output_loading_info=True)
    assert not any(info.values())
    caplog.clear()
    classes = from_huggingface(folder, "classify", labels=NAMES)
    assert "FRESH, so untrained: projector/kernel" in caplog.text
    assert classes.output_shape == (None, 3)


def test_a_head_of_its_own(saved):
    _, folder = saved("classify")
    with pytest.raises(ValueError, match="fresh_head") as caught:
        from_huggingface(folder, "classify", labels=["yes", "no"])
    for part in ("classifier.weight", "(3, 20)", "classifier/kernel", "(20, 2)"):
        assert part in str(caught.value)
    log = []
    from_huggingface(
        folder, "classify", labels=["yes", "no"], fresh_head=True, report=log.append
    )
    assert "classifier/kernel" in log[0].fresh
    assert "classifier.weight" in log[0].unused


@pytest.mark.parametrize(
    "part", ["pos_conv_embed.conv.param", "layers.1.attention.k_proj", "feature_projection"]
)
def test_a_backbone_that_is_not_whole_is_refused(part, saved, tmp_path):
    copy(saved("group")[1], tmp_path, drop=[part])
    with pytest.raises(ValueError, match=f"lacks . tensors.*{part}"):
        from_huggingface(tmp_path)


def test_the_vector_of_masking_may_be_missing(saved, tmp_path):
    log = []
    from_huggingface(copy(saved("group")[1], tmp_path, drop=["masked_spec"]), report=log.append)
    assert log[0].fresh == ["span_masking/embedding"]


def test_a_shape_that_does_not_fit_names_both(saved, tmp_path):
    name = "encoder.layers.0.attention.q_proj.weight"
    copy(saved("group")[1], tmp_path, change={name: np.zeros((32, 31), "float32")})
    with pytest.raises(ValueError, match="belong to different networks") as caught:
        from_huggingface(tmp_path)
    for text in (name, "(32, 32)", "block_0/attention/q_proj/kernel", "shape=(32, 31)"):
        assert text in str(caught.value)


def test_class_names_travel(saved, tmp_path):
    theirs, folder = saved("classify")
    table = {
        "id2label": dict(enumerate(NAMES)),
        "label2id": {n: i for i, n in enumerate(NAMES)},
    }
    model = from_huggingface(copy(folder, tmp_path / "a", config=table), "classify")
    assert card_of(model).class_names == NAMES
    model.save(tmp_path / "model.keras")
    model = keras.models.load_model(tmp_path / "model.keras")
    to_huggingface(model, tmp_path / "b")
    again = type(theirs).from_pretrained(tmp_path / "b")
    assert again.config.id2label == dict(enumerate(NAMES))
    head = "classify"
    for table in ({"one": "a"}, ["a"], 3):
        with pytest.raises(ValueError, match=r"from_huggingface: `id2label` must be a table"):
            from_huggingface(copy(folder, tmp_path / "d", config={"id2label": table}), head)
    with pytest.raises(ValueError, match=r"names 2 classes.*\(3, 20\)"):
        from_huggingface(
            copy(folder, tmp_path / "c", config={"id2label": {"0": "a", "1": "b"}}), "classify"
        )


def tokenizer(folder, tokens):
    (folder / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}))
    (folder / "tokenizer_config.json").write_text(
        json.dumps({"pad_token": tokens[0], "tokenizer_class": "Wav2Vec2CTCTokenizer"})
    )


def test_the_tokenizer_travels_and_must_fit(saved, tmp_path, caplog):
    _, folder = saved("ctc")
    source = copy(folder, tmp_path / "a")
    tokenizer(source, ["<pad>", "<unk>", "|", *"abcdefghi"])
    model = from_huggingface(source, "ctc")
    assert not caplog.text
    to_huggingface(model, tmp_path / "b")
    again = transformers.Wav2Vec2CTCTokenizer.from_pretrained(tmp_path / "b")
    assert again.decode([3, 3, 0, 4, 2, 5]) == "ab c"
    tokenizer(source, ["<pad>", "<unk>", "|", *"abcdefghijk"])
    with pytest.raises(ValueError, match=r"'j' has the index 12.*vocab_size=12"):
        from_huggingface(source, "ctc")
    tokenizer(source, ["<pad>", "|", *"abc"])
    from_huggingface(source, "ctc")
    assert "7 of 12 logits have no token" in caplog.text
    caplog.clear()
    tokenizer(source, ["<pad>", "<unk>", "|", *"abcdefghi"])
    from_huggingface(copy(source, source, config={"pad_token_id": 4}), "ctc")
    assert "blank '<pad>' has the index 0, and config.json has pad_token_id=4" in caplog.text
    copy(folder, tmp_path / "c", config={"vocab_size": 13})
    with pytest.raises(ValueError, match=r"lm_head.weight.*\(13, 32\)"):
        from_huggingface(tmp_path / "c", "ctc")


def test_tokens_added_to_a_vocabulary_need_no_logits(saved, tmp_path, caplog):
    source = copy(saved("ctc")[1], tmp_path)
    (tmp_path / "vocab.json").write_text(
        json.dumps({c: i for i, c in enumerate("_?|abcdefghi")})
    )
    theirs = transformers.Wav2Vec2CTCTokenizer(
        tmp_path / "vocab.json", pad_token="_", unk_token="?", bos_token="<s>", eos_token="</s>"
    )
    assert len(theirs) == 14
    theirs.save_pretrained(source)
    model = from_huggingface(source, "ctc")
    assert not caplog.text
    to_huggingface(model, tmp_path / "b")
    again = transformers.Wav2Vec2CTCTokenizer.from_pretrained(tmp_path / "b")
    assert again.get_vocab() == theirs.get_vocab()
    (source / "vocab.json").write_text(json.dumps({"a": "first"}))
    with pytest.raises(ValueError, match="must have an index >= 0 for each token"):
        from_huggingface(source, "ctc")


def test_a_trained_model_is_written_as_it_is_then(saved, tmp_path):
    theirs, folder = saved("regress")
    model = from_huggingface(
        folder, "regress", score_scale=3.0, score_offset=-2.0, padding="huggingface",
        normalize=False,
    )  # fmt: skip
    for layer in model.layers:
        if layer.name in ("feature_projection", "projector"):
            layer.enable_lora(2)
    model.get_layer("block_0").attention.q_proj.enable_lora(2)
    for variable in model.trainable_variables:
        variable.assign(variable + 0.02 * keras.random.normal(variable.shape, seed=1))
    x = batch(clips(3000))
    expected = run(model, x)
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(run(loaded, x), expected, atol=FLOAT32_SHORT)
    to_huggingface(loaded, tmp_path / "out")
    again, info = type(theirs).from_pretrained(tmp_path / "out", output_loading_info=True)
    assert not any(info.values())
    assert again.config.problem_type == "regression"
    assert difference(expected, answer(again.eval(), x[0])[:, 0]) < 1e-4


def test_a_network_made_here_goes_to_transformers_too(tmp_path):
    model = wav2vec2(
        "wav2vec2-tiny", "classify", labels=NAMES, padding="huggingface", normalize=False
    )
    to_huggingface(model, tmp_path)
    theirs = transformers.Wav2Vec2ForSequenceClassification.from_pretrained(tmp_path)
    x = batch(clips(3000))
    assert difference(run(model, x), answer(theirs, x[0])) < 1e-4
    assert theirs.config.label2id == {name: i for i, name in enumerate(NAMES)}


@pytest.mark.usefixtures("eagerly")
@pytest.mark.parametrize("output", ["embedding", "cosines"])
def test_speaker_networks_are_whole_whatever_they_give(output, saved, tmp_path):
    theirs, folder = saved("xvector")
    options = {"padding": "huggingface", "normalize": False, "report": lambda loaded: None}
    model = from_huggingface(folder, "xvector", output=output, **options)
    x = batch(clips(6000, 5000))
    if output == "embedding":
        x[0][1, 5000:] = 0.0
        with torch.no_grad():
            expected = theirs(torch.tensor(x[0])).embeddings.numpy()
        assert difference(run(model, x), expected) < 1e-4
    model.save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    np.testing.assert_array_equal(run(loaded, x), run(model, x))
    to_huggingface(loaded, tmp_path / "out")
    assert same(folder / "model.safetensors", tmp_path / "out/model.safetensors")
    # Keras warns of weights without a gradient; here that is an error.
    loss = TripletLoss(margin=2.0) if output == "embedding" else AMSoftmaxLoss()
    model.compile(keras.optimizers.SGD(0.1), loss, jit_compile=False)
    assert np.isfinite(model.train_on_batch(x, np.array([0, 1])))


def test_what_transformers_has_no_place_for_is_refused(saved, tmp_path):
    _, folder = saved("regress")
    model = from_huggingface(folder, "regress", pooling="attentive", fresh_head=True)
    with pytest.raises(ValueError, match="no tensor for pooling/"):
        to_huggingface(model, tmp_path / "out")
    model = from_huggingface(folder, "regress")
    model.get_layer("projector").quantize("int8")
    with pytest.raises(ValueError, match="projector is quantized to int8"):
        to_huggingface(model, tmp_path / "out")
    hubert = from_huggingface(saved("hubert")[1], "frames", labels=2)
    with pytest.raises(ValueError, match="no Hubert with the head 'frames'"):
        to_huggingface(hubert, tmp_path / "out")
    with pytest.raises(ValueError, match=r"card_of: `model` must be"):
        to_huggingface(keras.Sequential([keras.layers.Dense(1)]), tmp_path / "out")
    with pytest.raises(ValueError, match=r"`path` must be a folder"):
        to_huggingface(model, folder / "config.json")
    assert not (tmp_path / "out").exists()


def test_a_checkpoint_may_be_written_over_itself(saved, tmp_path):
    source = copy(saved("ctc")[1], tmp_path)
    to_huggingface(from_huggingface(source), source, source=source)
    assert same(saved("ctc")[1] / "model.safetensors", source / "model.safetensors")


def test_a_sum_of_depths_leaves_the_last_norm_of_stable_networks_unused(tmp_path):
    name = "Wav2Vec2ForSequenceClassification"
    theirs = save(tmp_path / "a", name, num_labels=3, use_weighted_layer_sum=True, **LAYER)
    log = []
    options = {"padding": "huggingface", "normalize": False, "report": log.append}
    model = from_huggingface(tmp_path / "a", "classify", **options)
    norm = ["wav2vec2.encoder.layer_norm.bias", "wav2vec2.encoder.layer_norm.weight"]
    assert log[0].unused == norm
    assert not log[0].fresh
    x = np.random.default_rng(0).standard_normal((2, 8000)).astype("float32")
    lengths = np.array([8000, 8000], "int32")
    assert difference(run(model, [x, lengths]), answer(theirs, x)) < 1e-4
    assert to_huggingface(model, tmp_path / "b").dropped == norm
    assert to_huggingface(model, tmp_path / "c", source=tmp_path / "a").kept == norm
    for folder in ("b", "c"):
        again = type(theirs).from_pretrained(tmp_path / folder).eval()
        assert difference(answer(again, x), answer(theirs, x)) < 1e-6
