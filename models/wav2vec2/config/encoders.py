"""Speech encoders by `model_type`, and their differences from Wav2Vec2."""

from dataclasses import dataclass, field
from typing import Any

_ALL = (None, "classify", "regress", "frames", "xvector", "ctc")


@dataclass(frozen=True)
class Encoder:
    """A speech encoder of transformers.

    Attributes:
        prefix: Prefix of the backbone's tensors in checkpoints.
        classes: Start of the names of its classes in transformers.
        heads: Heads for which transformers has a class.
        fixed: Dict of fields that a `config.json` cannot change to their values.
        defaults: Dict of fields whose default differs from Wav2Vec2 to their defaults.
        own: Fields that no other encoder has.
    """

    prefix: str
    classes: str
    heads: tuple[str | None, ...] = _ALL
    fixed: dict[str, Any] = field(default_factory=dict)
    defaults: dict[str, Any] = field(default_factory=dict)
    own: tuple[str, ...] = ()


_NORMED = {"feat_proj_layer_norm": True}
_NO_ADAPTER = {"add_adapter": False}
_MEAN = {"ctc_loss_reduction": "mean"}

ENCODERS: dict[str, Encoder] = {
    "wav2vec2": Encoder("wav2vec2", "Wav2Vec2", heads=(*_ALL, "pretrain"), fixed=_NORMED),
    "hubert": Encoder(
        "hubert",
        "Hubert",
        heads=(None, "classify", "regress", "ctc"),
        fixed=_NO_ADAPTER,
        own=("feat_proj_layer_norm",),
    ),
    "unispeech": Encoder(
        "unispeech",
        "UniSpeech",
        heads=(None, "classify", "regress", "ctc"),
        fixed={**_NORMED, **_NO_ADAPTER},
        defaults=_MEAN,
    ),
    "unispeech-sat": Encoder(
        "unispeech_sat", "UniSpeechSat", fixed={**_NORMED, **_NO_ADAPTER}, defaults=_MEAN
    ),
    "data2vec-audio": Encoder(
        "data2vec_audio",
        "Data2VecAudio",
        fixed={
            **_NORMED,
            "feat_extract_norm": "layer",
            "do_stable_layer_norm": False,
            "adapter_attn_dim": None,
        },
        defaults={"num_conv_pos_embeddings": 5},
        own=("conv_pos_kernel_size",),
    ),
    "wavlm": Encoder(
        "wavlm",
        "WavLM",
        fixed={**_NORMED, "adapter_attn_dim": None},
        defaults=_MEAN,
        own=("num_buckets", "max_bucket_distance"),
    ),
}
MODEL_TYPES = tuple(ENCODERS)
# Fields that only one encoder has. Configurations of others do not contain them.
OWN_FIELDS = frozenset(name for kind in ENCODERS.values() for name in kind.own)
