"""The options of a network: one class, taken by three functions, as an object or by keyword."""

import dataclasses
import inspect
import json

import pytest

from kapre_like.models.wav2vec2 import (
    Wav2Vec2Config,
    Wav2Vec2Options,
    from_huggingface,
    to_huggingface,
    wav2vec2,
    wav2vec2_for_pretraining,
)
from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts
from kapre_like.models.wav2vec2.config.options import options_of

SMALL = Wav2Vec2Config(
    hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16,
    conv_dim=(8,) * 2, conv_kernel=(10, 3), conv_stride=(5, 2), num_conv_pos_embeddings=4,
    num_conv_pos_embedding_groups=2, classifier_proj_size=8,
)  # fmt: skip
BUILDERS = (wav2vec2, wav2vec2_for_pretraining, from_huggingface)
NAMES = [field.name for field in dataclasses.fields(Wav2Vec2Options)]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoint")
    to_huggingface(wav2vec2(SMALL, seed=0), folder)
    return folder


@pytest.mark.parametrize("builder", BUILDERS)
def test_no_signature_repeats_an_option(builder):
    assert not {*inspect.signature(builder).parameters} & {*NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_every_option_is_explained(name):
    attributes = Wav2Vec2Options.__doc__.partition("Attributes:")[2]
    assert f"\n        {name}: " in attributes


def test_an_object_builds_what_keywords_build_and_a_keyword_outdoes_it():
    options = Wav2Vec2Options(labels=["no", "yes"], output="probabilities", name="ours")
    by_object = wav2vec2(SMALL, "classify", options=options)
    by_name = wav2vec2(
        SMALL, "classify", labels=["no", "yes"], output="probabilities", name="ours"
    )
    assert json.dumps(by_object.get_config()) == json.dumps(by_name.get_config())
    both = wav2vec2(SMALL, "classify", options=options, labels=3)
    assert both.output_shape == (None, 3)
    assert both.name == "ours"


@pytest.mark.parametrize(
    ("name", "nearest"), [("lables", "labels"), ("max_second", "max_seconds")]
)
def test_the_error_for_an_unknown_name_has_the_nearest_one(name, nearest, checkpoint):
    message = rf"there is no option `{name}`. Did you mean `{nearest}`\?"
    with pytest.raises(TypeError, match=f"^wav2vec2: {message}"):
        wav2vec2(SMALL, **{name: 2})
    with pytest.raises(TypeError, match=f"^wav2vec2_for_pretraining: {message}"):
        wav2vec2_for_pretraining(SMALL, **{name: 2})
    with pytest.raises(TypeError, match=f"^from_huggingface: {message}"):
        from_huggingface(checkpoint, **{name: 2})


def test_what_only_pretraining_takes_is_near_there_alone(checkpoint):
    with pytest.raises(TypeError, match="Did you mean `mask_length`"):
        wav2vec2_for_pretraining(SMALL, mask_lenght=4)
    with pytest.raises(TypeError, match="no option `temperature`"):
        from_huggingface(checkpoint, temperature=1.0)


def test_the_error_for_an_unrelated_name_lists_all():
    with pytest.raises(TypeError, match=r"There are labels, output, .*, seed, name"):
        options_of("x", None, {"qqqq": 1})


@pytest.mark.parametrize("options", [{"labels": 2}, "classify", 3])
def test_options_of_another_type_are_refused(options):
    with pytest.raises(ValueError, match="`options` must be a Wav2Vec2Options, or None"):
        wav2vec2(SMALL, "classify", options=options)


def test_options_that_are_not_given_are_those_of_the_checkpoint(checkpoint, tmp_path):
    written = {"do_normalize": False, "return_attention_mask": True, "sampling_rate": 8000}
    for path in checkpoint.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(written))
    facts = CheckpointFacts.of(from_huggingface(tmp_path, options=Wav2Vec2Options()))
    assert (facts.normalize, facts.attention_mask, facts.sampling_rate) == (False, True, 8000)
    chosen = from_huggingface(tmp_path, normalize=True, attention_mask=False)
    facts = CheckpointFacts.of(chosen)
    assert (facts.normalize, facts.attention_mask) == (True, False)


def test_pretraining_refuses_the_options_of_other_heads():
    with pytest.raises(ValueError, match="`labels` must be None with head='pretrain'"):
        wav2vec2_for_pretraining(SMALL, labels=3)
