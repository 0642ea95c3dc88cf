"""Configuration of a Wav2Vec2 network, with the names of Hugging Face's `config.json`."""

from dataclasses import asdict, dataclass, fields
from typing import Any

from kapre_like import _check
from kapre_like.models.wav2vec2.config.encoders import ENCODERS, MODEL_TYPES, OWN_FIELDS

ACTIVATIONS = ("gelu", "gelu_new", "relu", "silu")
_OWNER = "Wav2Vec2Config"
PROBLEMS = ("regression", "single_label_classification", "multi_label_classification")

# Sample rate in Hz with which all published networks were trained.
RATE = 16000
# Names of front ends of this library that can replace the convolutions.
FRONT_ENDS = ("logmel",)


@dataclass(frozen=True)
class Wav2Vec2Config:
    """Configuration of a speech encoder. The defaults are those of wav2vec2-base.

    Names, defaults and meanings are those of `transformers.Wav2Vec2Config` 5.23, so a
    `config.json` is read and written without translation. The class has no fields for keys that
    do not affect the network (dates, versions, label tables).

    Attributes:
        model_type: Key of `encoders.ENCODERS`. `from_json` uses the defaults of that encoder.
        hidden_size: Int > 0, channels of the transformer, a multiple of the number of heads.
        num_hidden_layers: Int > 0, transformer blocks.
        num_attention_heads: Int > 0, heads of each block.
        intermediate_size: Int > 0, channels between the two dense layers of a block.
        feat_extract_norm: `"group"` normalizes the first convolution over time. `"layer"`
            normalizes each convolution over its channels.
        conv_dim: Channels of each convolution.
        conv_kernel: Kernel size of each convolution.
        conv_stride: Stride of each convolution.
        do_stable_layer_norm: Whether a block normalizes its input instead of its output.
        add_adapter: Whether strided convolutions follow the transformer.
        adapter_attn_dim: Channels of the small residual network at the end of each block, or
            `None`. Requires `do_stable_layer_norm`.
        num_buckets: Number of distance buckets of WavLM's relative positions.
        max_bucket_distance: Distance in frames from which all distances share a bucket.
        conv_pos_kernel_size: Kernel size of data2vec's `num_conv_pos_embeddings` stacked
            convolutions for positions.
        problem_type: Task of the head for clips: `"regression"`, one class per clip (`None` or
            `"single_label_classification"`) or any number of classes
            (`"multi_label_classification"`).
        pooling_mode: Layers of the head for clips. `None` uses those of transformers. `"mean"`
            uses those of `Wav2Vec2ForSpeechClassification`, as published with emotion models:
            mean over the frames, a dense layer with tanh, and a dense layer for the labels.

    Raises:
        ValueError: If a value is out of its domain. The message names the first such field.
    """

    model_type: str = "wav2vec2"
    vocab_size: int = 32
    hidden_size: int = 768
    num_hidden_layers: int = 12
    num_attention_heads: int = 12
    intermediate_size: int = 3072
    hidden_act: str = "gelu"
    hidden_dropout: float = 0.1
    activation_dropout: float = 0.1
    attention_dropout: float = 0.1
    feat_proj_dropout: float = 0.0
    feat_proj_layer_norm: bool = True
    feat_quantizer_dropout: float = 0.0
    final_dropout: float = 0.1
    layerdrop: float = 0.1
    initializer_range: float = 0.02
    layer_norm_eps: float = 1e-5
    feat_extract_norm: str = "group"
    feat_extract_activation: str = "gelu"
    conv_dim: tuple[int, ...] = (512,) * 7
    conv_stride: tuple[int, ...] = (5, 2, 2, 2, 2, 2, 2)
    conv_kernel: tuple[int, ...] = (10, 3, 3, 3, 3, 2, 2)
    conv_bias: bool = False
    num_conv_pos_embeddings: int = 128
    num_conv_pos_embedding_groups: int = 16
    do_stable_layer_norm: bool = False
    apply_spec_augment: bool = True
    mask_time_prob: float = 0.05
    mask_time_length: int = 10
    mask_time_min_masks: int = 2
    mask_feature_prob: float = 0.0
    mask_feature_length: int = 10
    mask_feature_min_masks: int = 0
    num_codevectors_per_group: int = 320
    num_codevector_groups: int = 2
    contrastive_logits_temperature: float = 0.1
    num_negatives: int = 100
    codevector_dim: int = 256
    proj_codevector_dim: int = 256
    diversity_loss_weight: float = 0.1
    ctc_loss_reduction: str = "sum"
    ctc_zero_infinity: bool = False
    use_weighted_layer_sum: bool = False
    classifier_proj_size: int = 256
    tdnn_dim: tuple[int, ...] = (512, 512, 512, 512, 1500)
    tdnn_kernel: tuple[int, ...] = (5, 3, 3, 1, 1)
    tdnn_dilation: tuple[int, ...] = (1, 2, 3, 1, 1)
    xvector_output_dim: int = 512
    pad_token_id: int | None = 0
    bos_token_id: int | None = 1
    eos_token_id: int | None = 2
    add_adapter: bool = False
    adapter_kernel_size: int = 3
    adapter_stride: int = 2
    num_adapter_layers: int = 3
    output_hidden_size: int | None = None
    adapter_attn_dim: int | None = None
    num_buckets: int = 320
    max_bucket_distance: int = 800
    conv_pos_kernel_size: int = 19
    problem_type: str | None = None
    pooling_mode: str | None = None

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, list):
                object.__setattr__(self, field.name, tuple(value))
        if self.output_hidden_size is None:
            object.__setattr__(self, "output_hidden_size", self.hidden_size)
        if self.vocab_size is None:
            # A network without a CTC head.
            object.__setattr__(self, "vocab_size", 0)
        _check.one_of(_OWNER, MODEL_TYPES, model_type=self.model_type)
        self._fix()
        self._check_kinds()
        self._check_choices()
        self._check_sizes()

    def _fix(self) -> None:
        """Sets the fields that the encoder fixes. Rejects values other than the default."""
        defaults = {field.name: field.default for field in fields(self)}
        for name, value in ENCODERS[self.model_type].fixed.items():
            if getattr(self, name) not in (value, defaults[name]):
                rule = f"{value!r} with model_type={self.model_type!r}"
                _check.fail(_OWNER, name, rule, getattr(self, name))
            object.__setattr__(self, name, value)

    def _check_kinds(self) -> None:
        """Checks the types, because a `config.json` may contain any values."""
        for field in fields(self):
            name, default = field.name, field.default
            value = getattr(self, name)
            if isinstance(default, bool):
                _check.boolean(_OWNER, **{name: value})
            elif isinstance(default, float):
                _check.non_negative(_OWNER, **{name: value})
            elif isinstance(default, tuple):
                _check_whole(name, value)
            elif isinstance(default, int) and not name.endswith("_token_id"):
                _check.non_negative_int(_OWNER, **{name: value})
        if self.adapter_attn_dim is not None:
            _check.positive_int(_OWNER, adapter_attn_dim=self.adapter_attn_dim)

    def _check_choices(self) -> None:
        _check.one_of(_OWNER, (None, *PROBLEMS), problem_type=self.problem_type)
        _check.one_of(_OWNER, ("sum", "mean"), ctc_loss_reduction=self.ctc_loss_reduction)
        _check.one_of(_OWNER, ("group", "layer"), feat_extract_norm=self.feat_extract_norm)
        for name in ("hidden_act", "feat_extract_activation"):
            _check.one_of(_OWNER, ACTIVATIONS, **{name: getattr(self, name)})
        if self.adapter_attn_dim is not None and not self.do_stable_layer_norm:
            rule = "None without do_stable_layer_norm"
            _check.fail(_OWNER, "adapter_attn_dim", rule, self.adapter_attn_dim)

    def _check_sizes(self) -> None:
        names = (
            "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
            "num_conv_pos_embeddings", "num_conv_pos_embedding_groups", "output_hidden_size",
            "num_buckets", "max_bucket_distance", "conv_pos_kernel_size",
        )  # fmt: skip
        _check.positive_int(_OWNER, **{name: getattr(self, name) for name in names})
        convs = (self.conv_dim, self.conv_kernel, self.conv_stride)
        if not self.conv_dim or len({len(sizes) for sizes in convs}) != 1:
            rule = "as many as conv_kernel and conv_stride, one or more"
            _check.fail(_OWNER, "conv_dim", rule, self.conv_dim)
        for name in ("num_attention_heads", "num_conv_pos_embedding_groups"):
            if self.hidden_size % getattr(self, name):
                rule = f"a divisor of hidden_size={self.hidden_size}"
                _check.fail(_OWNER, name, rule, getattr(self, name))
        if self.model_type == "wavlm":
            self._check_buckets()

    def _check_buckets(self) -> None:
        if self.num_buckets < 4:
            _check.fail(_OWNER, "num_buckets", "an int >= 4", self.num_buckets)
        if self.max_bucket_distance <= self.num_buckets // 4:
            rule = f"more than a quarter of num_buckets={self.num_buckets}"
            _check.fail(_OWNER, "max_bucket_distance", rule, self.max_bucket_distance)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> "Wav2Vec2Config":
        """Returns the configuration from a parsed `config.json`. Other keys are ignored.

        Raises:
            ValueError: If the architecture is another one, or an unsupported variant.
        """
        kind = values.get("model_type")
        if not isinstance(kind, str) or kind not in MODEL_TYPES:
            why = _WHY_NOT.get(str(kind), _NOT_THIS)
            _check.fail(_OWNER, "model_type", f"one of {list(MODEL_TYPES)}", kind, why)
        if values.get("conv_pos_batch_norm"):
            _check.fail(_OWNER, "conv_pos_batch_norm", "false", True)
        names = {field.name for field in fields(cls)}
        given = {key: value for key, value in values.items() if key in names}
        # transformers ignores fixed fields, too.
        return cls(**{**ENCODERS[kind].defaults, **given, **ENCODERS[kind].fixed})

    def to_json(self) -> dict[str, Any]:
        """Returns the values as in a `config.json`."""
        kind = ENCODERS[self.model_type]
        others = (OWN_FIELDS - {*kind.own}) | {*kind.fixed}
        unset = {k for k in ("problem_type", "pooling_mode") if getattr(self, k) is None}
        values = {k: v for k, v in asdict(self).items() if k not in others | unset}
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}

    @property
    def receptive_field(self) -> int:
        """Number of samples in one frame: 400 for every published network."""
        samples = 1
        for kernel, stride in zip(self.conv_kernel[::-1], self.conv_stride[::-1], strict=True):
            samples = (samples - 1) * stride + kernel
        return samples


def _check_whole(name: str, value: Any) -> None:
    """Raises unless a value is a tuple of one or more ints > 0."""
    whole = (
        isinstance(value, tuple)
        and bool(value)
        and all(
            isinstance(size, int) and not isinstance(size, bool) and size > 0 for size in value
        )
    )
    if not whole:
        _check.fail(_OWNER, name, "a list of ints > 0, one or more", value)


_NOT_THIS = "Another architecture cannot be read as Wav2Vec2."
_WHY_NOT = {
    "wav2vec2-conformer": "Its blocks are conformers, which are not supported.",
    "wav2vec2-bert": "Its input is filterbanks and its blocks are conformers.",
}
