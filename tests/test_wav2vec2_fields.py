"""Every field of a `config.json`, one by one: honoured as transformers does, or refused."""

import json

import numpy as np
import pytest
from wav2vec2_checkpoints import answer, difference, run, save, transformers

from kapre_like.models.wav2vec2 import Wav2Vec2Config, ctc_loss_of, from_huggingface, wav2vec2

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")
SIZE = {
    "hidden_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "intermediate_size": 20,
    "conv_dim": (8, 8),
    "conv_kernel": (10, 3),
    "conv_stride": (5, 4),
    "num_conv_pos_embeddings": 4,
    "num_conv_pos_embedding_groups": 2,
    "vocab_size": 6,
    "classifier_proj_size": 8,
    "tdnn_dim": (8, 8),
    "tdnn_kernel": (3, 1),
    "tdnn_dilation": (2, 1),
    "xvector_output_dim": 8,
    "codevector_dim": 8,
    "proj_codevector_dim": 8,
    "num_codevectors_per_group": 4,
}
STABLE, ADAPTER = {"do_stable_layer_norm": True}, {"add_adapter": True}
# Fields that change numbers: another value, and what must be set for it to count.
SHAPES = {
    "hidden_size": (24, {}),
    "num_hidden_layers": (2, {}),
    "num_attention_heads": (4, {}),
    "intermediate_size": (12, {}),
    "hidden_act": ("relu", {}),
    "layer_norm_eps": (0.1, {}),
    "feat_extract_norm": ("layer", {}),
    "feat_extract_activation": ("silu", {}),
    "conv_dim": ((8, 12), {}),
    "conv_stride": ((4, 4), {}),
    "conv_kernel": ((8, 3), {}),
    "conv_bias": (True, {}),
    "num_conv_pos_embeddings": (7, {}),
    "num_conv_pos_embedding_groups": (4, {}),
    "do_stable_layer_norm": (True, {}),
    "vocab_size": (9, {"head": "ctc"}),
    "use_weighted_layer_sum": (True, {"head": "classify"}),
    "classifier_proj_size": (12, {"head": "classify"}),
    "id2label": ({0: "a", 1: "b", 2: "c"}, {"head": "classify"}),
    "problem_type": ("multi_label_classification", {"head": "classify"}),
    "tdnn_dim": ((8, 12), {"head": "xvector"}),
    "tdnn_kernel": ((5, 1), {"head": "xvector"}),
    "tdnn_dilation": ((1, 1), {"head": "xvector"}),
    "xvector_output_dim": (12, {"head": "xvector"}),
    "add_adapter": (True, {}),
    "adapter_kernel_size": (5, ADAPTER),
    "adapter_stride": (3, ADAPTER),
    "num_adapter_layers": (2, ADAPTER),
    "output_hidden_size": (20, ADAPTER),
    "adapter_attn_dim": (4, STABLE),
}
# Fields that count in training: another value, and where the network has it.
TRAINING = {
    "hidden_dropout": (0.31, "block_0", "dropout"),
    "activation_dropout": (0.32, "block_0", "activation_dropout"),
    "attention_dropout": (0.33, "block_0", "attention_dropout"),
    "feat_proj_dropout": (0.34, "feature_dropout", "rate"),
    "final_dropout": (0.35, "final_dropout", "rate"),
    "layerdrop": (0.36, "block_0", "layer_drop"),
    "apply_spec_augment": (False, "span_masking", "random"),
    "mask_time_prob": (0.21, "span_masking", "probability"),
    "mask_time_length": (3, "span_masking", "length"),
    "mask_time_min_masks": (4, "span_masking", "min_spans"),
    "mask_feature_prob": (0.22, "span_masking", "channel_probability"),
    "mask_feature_length": (5, "span_masking", "channel_length"),
    "mask_feature_min_masks": (6, "span_masking", "min_channel_spans"),
    "feat_quantizer_dropout": (0.37, "quantizer_dropout", "rate"),
    "num_codevectors_per_group": (6, "quantizer", "entries"),
    "num_codevector_groups": (4, "quantizer", "groups"),
    "codevector_dim": (12, "quantizer", "dim"),
    "proj_codevector_dim": (10, "project_q", "units"),
    "contrastive_logits_temperature": (0.2, "contrastive_task", "temperature"),
    "num_negatives": (7, "contrastive_task", "negatives"),
    "diversity_loss_weight": (0.3, "contrastive_task", "diversity"),
}
LOSS = {
    "ctc_loss_reduction": ("mean", "per_label", True),
    "ctc_zero_infinity": (True, "zero_infinity", True),
    "pad_token_id": (3, "blank", 3),
}
# Names, and fields that only set how transformers computes or starts.
WITHOUT_EFFECT = {
    "_name_or_path", "architectures", "bos_token_id", "chunk_size_feed_forward", "dtype",
    "eos_token_id", "initializer_range", "is_encoder_decoder", "label2id", "model_type",
    "output_attentions", "output_hidden_states", "return_dict", "transformers_version",
    "num_feat_extract_layers", "tie_word_embeddings",
}  # fmt: skip
REFUSED = {
    "conv_pos_batch_norm": True,
    "quantization_config": {"quant_method": "gptq", "bits": 4},
    "compression_config": {"quant_method": "compressed-tensors"},
}
HEADS = {
    None: "Model",
    "classify": "ForSequenceClassification",
    "xvector": "ForXVector",
    "ctc": "ForCTC",
}


@pytest.mark.parametrize("family", ["Wav2Vec2", "Hubert"])
def test_the_tests_below_have_every_field(family):
    known = {*SHAPES, *TRAINING, *LOSS, *WITHOUT_EFFECT, *REFUSED, "feat_proj_layer_norm"}
    fields = {*getattr(transformers, f"{family}Config")().to_dict()}
    assert not fields - known, fields - known
    ours = {*Wav2Vec2Config.__dataclass_fields__}
    # Of WavLM, data2vec-audio, and of the emotion models of another class.
    others = {"num_buckets", "max_bucket_distance", "conv_pos_kernel_size", "pooling_mode"}
    assert ours - known == others


def theirs_and_ours(folder, family, head, values):
    """What both make of a clip, under these values."""
    labels = {} if "id2label" in values or head in (None, "ctc") else {"num_labels": 2}
    model = save(folder, family + HEADS[head], size=SIZE, **values, **labels)
    x = np.random.default_rng(0).standard_normal((1, 900)).astype("float32")
    options = {"padding": "huggingface", "normalize": False}
    ours = from_huggingface(folder, head, report=lambda _: None, **options)
    return answer(model, x), run(ours, [x, np.array([900], "int32")])


@pytest.mark.parametrize("name", SHAPES)
def test_a_field_gives_the_numbers_of_transformers(name, tmp_path):
    value, also = SHAPES[name]
    also = {**also}
    head = also.pop("head", None)
    expected, got = theirs_and_ours(tmp_path, "Wav2Vec2", head, {**also, name: value})
    assert got.shape == expected.shape
    assert difference(got, expected) < 1e-4


# HuBERT has neither speaker embeddings nor adapters.
@pytest.mark.parametrize(
    "name",
    [
        name
        for name, (_, also) in SHAPES.items()
        if also.get("head") != "xvector" and also != ADAPTER and name != "add_adapter"
    ],
)
def test_the_same_for_hubert(name, tmp_path):
    value, also = SHAPES[name]
    also = {**also}
    head = also.pop("head", None)
    expected, got = theirs_and_ours(tmp_path, "Hubert", head, {**also, name: value})
    assert got.shape == expected.shape
    assert difference(got, expected) < 1e-4


@pytest.mark.parametrize("family", ["Wav2Vec2", "Hubert"])
def test_a_norm_that_only_hubert_can_be_without(family, tmp_path):
    values = {"feat_proj_layer_norm": False}
    expected, got = theirs_and_ours(tmp_path, family, None, values)
    assert difference(got, expected) < 1e-4


@pytest.mark.parametrize("name", TRAINING)
def test_a_field_of_training_reaches_its_layer(name):
    value, layer, attribute = TRAINING[name]
    size = {**SIZE, "mask_time_prob": 0.1, "mask_feature_prob": 0.1, name: value}
    own = layer in ("quantizer_dropout", "quantizer", "project_q", "contrastive_task")
    head = "pretrain" if own else "ctc"
    model = wav2vec2(Wav2Vec2Config.from_json({"model_type": "wav2vec2", **size}), head)
    assert getattr(model.get_layer(layer), attribute) == value


@pytest.mark.parametrize("name", LOSS)
def test_a_field_of_the_loss_reaches_it(name):
    value, attribute, expected = LOSS[name]
    assert getattr(ctc_loss_of(Wav2Vec2Config(**{name: value})), attribute) == expected


@pytest.mark.parametrize("name", REFUSED)
def test_a_field_of_other_mathematics_is_refused_by_name(name, tmp_path):
    save(tmp_path, "Wav2Vec2Model", size=SIZE)
    path = tmp_path / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {name: REFUSED[name]}))
    with pytest.raises(ValueError, match=r"conv_pos_batch_norm|quant_method") as caught:
        from_huggingface(tmp_path)
    assert "\n" not in str(caught.value)


def test_the_padding_side_of_a_preprocessor_is_honoured_or_refused(tmp_path):
    save(tmp_path, "Wav2Vec2Model", size=SIZE)
    (tmp_path / "preprocessor_config.json").write_text('{"padding_side": "left"}')
    from_huggingface(tmp_path)  # a clip's numbers do not depend on it
    with pytest.raises(ValueError, match="`padding_side` must be 'right'"):
        from_huggingface(tmp_path, padding="huggingface")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("hidden_act", "tanh"),
        ("feat_extract_norm", "batch"),
        ("ctc_loss_reduction", "none"),
        ("problem_type", "ranking"),
        ("adapter_attn_dim", 4),
    ],
)
def test_a_value_that_is_not_known_is_refused(name, value):
    with pytest.raises(ValueError, match=f"Wav2Vec2Config: `{name}` must be"):
        Wav2Vec2Config(**{name: value})
