"""Networks by name: their sizes are the published ones."""

import dataclasses

import pytest

from kapre_like.models.wav2vec2.config.presets import PRESETS, as_config, preset


# From the `config.json` of each name, or of a network fine-tuned from it.
@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        ("facebook/wav2vec2-base", (768, 12, 12, 3072, 256, "group", False)),
        ("facebook/wav2vec2-large", (1024, 24, 16, 4096, 768, "group", False)),
        ("facebook/wav2vec2-large-lv60", (1024, 24, 16, 4096, 768, "layer", True)),
        ("facebook/wav2vec2-large-960h-lv60-self", (1024, 24, 16, 4096, 256, "layer", True)),
        ("facebook/mms-1b", (1280, 48, 16, 5120, 1024, "layer", True)),
    ],
)
def test_a_preset_has_the_published_sizes(name, sizes):
    config = preset(name)
    assert sizes == (
        config.hidden_size, config.num_hidden_layers, config.num_attention_heads,
        config.intermediate_size, config.codevector_dim, config.feat_extract_norm,
        config.do_stable_layer_norm,
    )  # fmt: skip
    assert config.conv_bias == config.do_stable_layer_norm


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_is_a_whole_configuration(name):
    config = as_config(name)
    assert as_config(config) is config
    assert dataclasses.replace(config) == preset(name)
    assert config.hidden_size % config.num_attention_heads == 0
    assert config.hidden_size % config.num_conv_pos_embedding_groups == 0
    assert config.codevector_dim % config.num_codevector_groups == 0


def test_the_error_for_an_unknown_name_lists_the_known_ones():
    with pytest.raises(ValueError, match=r"`config` must be one of \['anton-l/.*wav2vec2-tiny"):
        as_config("facebook/wav2vec3")
