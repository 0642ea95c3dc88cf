"""The card of a model: its facts, where it is found, and the metadata of a file."""

import json

import keras
import numpy as np
import pytest

import kapre_like
from kapre_like.models import ModelCard
from kapre_like.models.artifact.card import TASKS, card_of, walk_layers
from kapre_like.models.wav2vec2 import Wav2Vec2Config, wav2vec2
from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts
from kapre_like.saving import find_card

TINY = Wav2Vec2Config(
    hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8,
    conv_dim=(8, 8), conv_kernel=(10, 3), conv_stride=(5, 2), num_conv_pos_embeddings=4,
    num_conv_pos_embedding_groups=2, classifier_proj_size=4, vocab_size=5,
    num_codevectors_per_group=2, codevector_dim=4, proj_codevector_dim=4,
    tdnn_dim=(4,), tdnn_kernel=(1,), tdnn_dilation=(1,), xvector_output_dim=4,
)  # fmt: skip


def carded(inner=None, **facts):
    """A model of one input that ends in a card, around a model if one is given."""
    x = keras.Input((3,))
    return keras.Model(
        x, ModelCard(sample_rate=8000, **facts)(x if inner is None else inner(x))
    )


def test_the_outermost_card_is_found_on_the_model_and_in_its_configuration():
    inside = carded(task="regress", recipe={"who": "inside"})
    around = keras.Sequential([keras.Input((3,)), inside])
    assert card_of(around).recipe == {"who": "inside"}
    assert find_card(around.get_config())["recipe"] == {"who": "inside"}
    outside = carded(around, task="regress", recipe={"who": "outside"})
    assert card_of(outside).recipe == {"who": "outside"}
    assert find_card(outside.get_config())["recipe"] == {"who": "outside"}


def test_a_card_added_behind_another_counts():
    first = carded(task="regress", recipe={"who": "first"})
    second = ModelCard(task="regress", sample_rate=8000, recipe={"who": "second"})
    model = keras.Model(first.inputs, second(first.output))
    assert card_of(model).recipe == {"who": "second"}
    assert find_card(model.get_config())["recipe"] == {"who": "second"}


def test_a_model_without_a_card_is_refused_with_the_fix():
    with pytest.raises(ValueError, match=r"card_of: `model` must be .*End it with"):
        card_of(keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)]))


@pytest.mark.parametrize("task", TASKS)
def test_every_task_and_every_fact_outlives_a_file(task, tmp_path):
    facts = {
        "task": task,
        "class_names": ["b", "a"] if task in ("classify", "frames", "ctc", "xvector") else None,
        "seconds": 2.5,
        "length_rule": "tiles",
        "output": "all",
        "recipe": {"n": [1]},
        "checkpoint": {"config": {"x": [1, {"y": None}]}},
        "text": {"vocabulary": {"tokens": ["", "a"]}} if task == "transcribe" else None,
    }
    carded(**facts).save(tmp_path / "m.keras")
    assert kapre_like.metadata(tmp_path / "m.keras") == {**facts, "sample_rate": 8000}
    assert card_of(keras.models.load_model(tmp_path / "m.keras")).facts() == {
        **facts,
        "sample_rate": 8000,
    }


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("task", {"task": "cluster"}),
        ("class_names", {"task": "classify"}),
        ("class_names", {"task": "pretrain", "class_names": ["a"]}),
        ("seconds", {"task": "regress", "seconds": 3.0}),
        ("seconds", {"task": "regress", "length_rule": "center"}),
        ("seconds", {"task": "regress", "length_rule": "tiles", "seconds": 0}),
        ("length_rule", {"task": "regress", "length_rule": "first", "seconds": 3.0}),
        ("checkpoint", {"task": "regress", "checkpoint": "wav2vec2-base"}),
    ],
)
def test_a_fact_out_of_its_domain_is_named(name, facts):
    with pytest.raises(ValueError, match=f"ModelCard: `{name}` must be"):
        ModelCard(sample_rate=8000, **facts)


@pytest.mark.parametrize(
    ("head", "options", "output", "names"),
    [
        (None, {}, "last", None),
        ("classify", {"labels": 2}, "logits", ["LABEL_0", "LABEL_1"]),
        ("classify", {"labels": ["n", "y"], "output": "probabilities"}, "probabilities", "ny"),
        ("regress", {}, "score", None),
        ("frames", {"labels": 2}, "logits", ["LABEL_0", "LABEL_1"]),
        ("xvector", {"labels": ["n", "y"], "output": "embedding"}, "embedding", "ny"),
        ("ctc", {}, "logits", None),
        ("pretrain", {}, "all", None),
    ],
)
def test_a_wav2vec2_network_carries_one_card_whatever_its_head(head, options, output, names):
    model = wav2vec2(TINY, head, sample_rate=8000, normalize=False, **options)
    (card,) = [layer for layer in walk_layers(model) if isinstance(layer, ModelCard)]
    assert card is card_of(model)
    assert (card.task, card.output_kind, card.sample_rate) == (head, output, 8000)
    assert card.class_names == (names if names is None else list(names))
    facts = CheckpointFacts.of(model)
    assert facts.network() == TINY
    assert (facts.sampling_rate, facts.normalize) == (16000, False)
    json.dumps(card.facts())


def test_the_facts_of_a_checkpoint_are_checked_and_other_models_have_none():
    with pytest.raises(ValueError, match="CheckpointFacts: `padding` must be"):
        CheckpointFacts(config={}, padding="zeros")
    with pytest.raises(ValueError, match="CheckpointFacts: `tokenizer` must be a dict"):
        wav2vec2(TINY, "ctc", card={"tokenizer": ["a"]})
    with pytest.raises(ValueError, match="CheckpointFacts: `model` must be a Wav2Vec2 network"):
        CheckpointFacts.of(carded(task="regress"))


def test_metadata_of_a_folder_are_those_of_its_recipe_and_card(tmp_path):
    model = wav2vec2(TINY, "regress")
    model.save(tmp_path / "model.keras")
    recipe = {"task": "regress", "sample_rate": 16000, "files": ["model.keras"], "seed": 3}
    (tmp_path / "recipe.json").write_text(json.dumps(recipe))
    facts = kapre_like.metadata(tmp_path)
    assert facts["recipe"] == recipe
    assert facts["checkpoint"] == card_of(model).checkpoint
    assert (facts["task"], facts["output"], facts["length_rule"]) == (
        "regress",
        "score",
        "whole",
    )


def test_what_passes_through_a_card_keeps_its_dtype_and_structure():
    card = ModelCard(task=None, sample_rate=8000, dtype="mixed_float16")
    given = {"a": np.ones((2, 3), "float32"), "b": np.ones(2, "int32")}
    got = card(given)
    assert {k: keras.backend.standardize_dtype(v.dtype) for k, v in got.items()} == {
        "a": "float32",
        "b": "int32",
    }
