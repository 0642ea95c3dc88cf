"""Configurations by name: published networks on the Hugging Face hub, and a tiny network."""

from typing import Any

from kapre_like import _check
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config

_LARGE: dict[str, Any] = {
    "hidden_size": 1024,
    "num_hidden_layers": 24,
    "num_attention_heads": 16,
    "intermediate_size": 4096,
}
_LAYER: dict[str, Any] = {
    "feat_extract_norm": "layer",
    "conv_bias": True,
    "do_stable_layer_norm": True,
}
# Codevectors of the large networks without a head. Only pretraining uses them.
_WIDE: dict[str, Any] = {"codevector_dim": 768, "proj_codevector_dim": 768}
_BILLION: dict[str, Any] = {
    **_LAYER,
    "codevector_dim": 1024,
    "proj_codevector_dim": 1024,
    "hidden_size": 1280,
    "num_hidden_layers": 48,
    "num_attention_heads": 16,
    "intermediate_size": 5120,
}
_TWO_BILLION = {**_BILLION, "hidden_size": 1920, "intermediate_size": 7680}
_HUBERT: dict[str, Any] = {"model_type": "hubert"}
# The heads of the SUPERB benchmark use a weighted sum of all layers.
_SUM: dict[str, Any] = {"use_weighted_layer_sum": True}
_TINY: dict[str, Any] = {
    "hidden_size": 128,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "intermediate_size": 384,
    "conv_dim": (64,) * 7,
    "num_conv_pos_embeddings": 32,
    "num_conv_pos_embedding_groups": 8,
    # Few codes, because 64 are too many to predict after few steps on little data.
    "num_codevectors_per_group": 16,
    "codevector_dim": 64,
    "proj_codevector_dim": 64,
    "classifier_proj_size": 64,
    "layerdrop": 0.0,
}

# Dict from names to the fields that differ from the base size. Fields that do not affect the
# weights (dropout, masking) have the values of the base size; a checkpoint contains its own.
PRESETS: dict[str, dict[str, Any]] = {
    "wav2vec2-tiny": _TINY,
    "facebook/wav2vec2-base": {},
    "facebook/wav2vec2-base-100h": {},
    "facebook/wav2vec2-base-960h": {},
    "facebook/wav2vec2-large": {**_LARGE, **_WIDE},
    "facebook/wav2vec2-large-960h": _LARGE,
    "facebook/wav2vec2-large-lv60": {**_LARGE, **_LAYER, **_WIDE},
    "facebook/wav2vec2-large-960h-lv60": {**_LARGE, **_LAYER},
    "facebook/wav2vec2-large-960h-lv60-self": {**_LARGE, **_LAYER},
    "facebook/wav2vec2-large-xlsr-53": {**_LARGE, **_LAYER, **_WIDE},
    "facebook/wav2vec2-xls-r-300m": {**_LARGE, **_LAYER, **_WIDE},
    "facebook/wav2vec2-xls-r-1b": _BILLION,
    "facebook/wav2vec2-xls-r-2b": _TWO_BILLION,
    "facebook/mms-300m": {**_LARGE, **_LAYER, **_WIDE},
    "facebook/mms-1b": _BILLION,
    "facebook/hubert-base-ls960": _HUBERT,
    "anton-l/wav2vec2-base-superb-sd": _SUM,
    "anton-l/wav2vec2-base-superb-sv": _SUM,
    "superb/wav2vec2-base-superb-er": _SUM,
    "superb/wav2vec2-base-superb-ks": _SUM,
    "superb/wav2vec2-base-superb-sid": _SUM,
    "superb/hubert-base-superb-er": {**_HUBERT, **_SUM},
    "superb/hubert-base-superb-ks": {**_HUBERT, **_SUM},
    "superb/hubert-base-superb-sid": {**_HUBERT, **_SUM},
}

# Published networks for `kapre-like weights`: their training data, and their number of weights
# without a head. Sources: the model cards on the hub. The counts are those of `wav2vec2`.
PUBLISHED: dict[str, tuple[str, int]] = {
    "facebook/hubert-base-ls960": ("960 hours of English speech", 94_371_712),
    "facebook/wav2vec2-base": ("960 hours of English speech", 94_371_712),
    "facebook/wav2vec2-xls-r-300m": ("436,000 hours of speech, 128 languages", 315_438_720),
}


def preset(name: str) -> Wav2Vec2Config:
    """Returns the configuration of a preset, without weights.

    `from_huggingface` reads weights, and takes any name on the hub.

    Args:
        name: Key of `PRESETS`, such as `"wav2vec2-tiny"`.

    Raises:
        ValueError: If no preset has this name.

    Example:
        >>> from kapre_like.models.wav2vec2.config.presets import preset
        >>> preset("facebook/wav2vec2-xls-r-1b").num_hidden_layers
        48
    """
    if not isinstance(name, str) or name not in PRESETS:
        _check.one_of("wav2vec2", list(PRESETS), config=str(name))
    return Wav2Vec2Config(**PRESETS[name])


def as_config(config: Any) -> Wav2Vec2Config:
    """Resolves an argument `config` to a configuration.

    Args:
        config: A configuration, a name in `PRESETS`, or `None` for the base size.

    Raises:
        ValueError: If it is none of these.
    """
    if config is None:
        return Wav2Vec2Config()
    if isinstance(config, str):
        return preset(config)
    if not isinstance(config, Wav2Vec2Config):
        _check.fail(
            "wav2vec2", "config", "a Wav2Vec2Config, a name in PRESETS, or None", config
        )
    return config
