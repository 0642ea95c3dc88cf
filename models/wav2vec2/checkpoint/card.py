"""What Hugging Face's files say beside the weights, carried inside the model itself."""

from collections.abc import Iterator
from typing import Any

import keras

from kapre_like import _check
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config

HEADS = (None, "classify", "regress", "frames", "xvector", "ctc", "pretrain")
PADDINGS = ("exact", "huggingface")


@keras.saving.register_keras_serializable(package="kapre_like")
class CheckpointCard(keras.layers.Layer):
    """Passes its input on, and carries what a checkpoint is written from.

    The facts are this layer's configuration, so that they outlive `.keras` files,
    `clone_model` and whatever else a model goes through.

    Args:
        config: Dict of JSON values: the network, as `Wav2Vec2Config.to_json` says it. Further
            keys of a `config.json` may be in it, and are written back.
        head: One of `HEADS`; `None` is the backbone alone.
        sampling_rate: Int > 0, Hz, of the samples that the network sees.
        sample_rate: Int > 0, Hz, of the samples that the model takes, and resamples if need
            be; `None` is `sampling_rate`.
        normalize: Whether the model scales each clip to zero mean and unit variance.
        padding: `"exact"` or `"huggingface"`, see `wav2vec2`.
        padding_value: Float, what the checkpoint's extractor pads with.
        attention_mask: As given to `wav2vec2`.
        id2label: Dict of class index (int, or its digits) to name; `None` has no names.
        tokenizer: Dict of file name to what is in it, such as `{"vocab.json": {...}}`;
            `None` has none.
        unused: Names of tensors that the checkpoint had and the model has no place for.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        Anything: a tensor, or a structure of tensors.

    Output shape:
        The input's.

    Raises:
        ValueError: If an argument is out of its domain.

    Example:
        >>> from kapre_like.models.wav2vec2.checkpoint.card import CheckpointCard
        >>> from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config
        >>> CheckpointCard(config=Wav2Vec2Config().to_json(), id2label={0: "no"}).id2label
        {'0': 'no'}
    """

    def __init__(
        self,
        *,
        config: dict[str, Any],
        head: str | None = None,
        sampling_rate: int = 16000,
        sample_rate: int | None = None,
        normalize: bool = True,
        padding: str = "exact",
        padding_value: float = 0.0,
        attention_mask: bool | None = None,
        id2label: dict[int | str, str] | None = None,
        tokenizer: dict[str, Any] | None = None,
        unused: list[str] | None = None,
        **kwargs: Any,
    ) -> None:
        # What passes through keeps its dtype under every policy.
        super().__init__(autocast=False, **kwargs)
        for name, value in {
            "config": config,
            "id2label": id2label,
            "tokenizer": tokenizer,
        }.items():
            if not isinstance(value, dict) and (value is not None or name == "config"):
                _check.fail("CheckpointCard", name, "a dict", value)
        _check.one_of("CheckpointCard", HEADS, head=head)
        _check.one_of("CheckpointCard", PADDINGS, padding=padding)
        sample_rate = sampling_rate if sample_rate is None else sample_rate
        _check.positive_int(
            "CheckpointCard", sampling_rate=sampling_rate, sample_rate=sample_rate
        )
        _check.boolean("CheckpointCard", normalize=normalize)
        _check.number("CheckpointCard", padding_value=padding_value)
        if attention_mask is not None:
            _check.boolean("CheckpointCard", attention_mask=attention_mask)
        self.config, self.head = dict(config), head
        self.sampling_rate, self.sample_rate = sampling_rate, sample_rate
        self.normalize, self.padding, self.attention_mask = normalize, padding, attention_mask
        self.padding_value = padding_value
        for key in id2label or ():
            if not str(key).isdigit():
                _check.fail(
                    "CheckpointCard", "id2label", "a dict of class index to name", id2label
                )
        # JSON knows keys of one type only; saved and loaded cards must be equal.
        self.id2label = None if id2label is None else {str(k): v for k, v in id2label.items()}
        self.tokenizer = None if tokenizer is None else dict(tokenizer)
        self.unused = list(unused or ())
        self.supports_masking = True

    def network(self) -> Wav2Vec2Config:
        """Returns the network that `config` describes."""
        return Wav2Vec2Config.from_json(self.config)

    def class_names(self) -> list[str] | None:
        """Returns the names of the classes in the order of the logits; `None` without."""
        if self.id2label is None:
            return None
        return [
            name for _, name in sorted(self.id2label.items(), key=lambda item: int(item[0]))
        ]

    def call(self, inputs: Any) -> Any:
        return inputs

    def compute_output_shape(self, input_shape: Any) -> Any:
        return input_shape

    def compute_output_spec(self, inputs: Any) -> Any:
        return keras.tree.map_structure(
            lambda x: keras.KerasTensor(x.shape, dtype=x.dtype), inputs
        )

    def get_config(self) -> dict[str, Any]:
        names = (
            "config", "head", "sampling_rate", "sample_rate", "normalize", "padding",
            "padding_value", "attention_mask", "id2label", "tokenizer", "unused",
        )  # fmt: skip
        return {**super().get_config(), **{name: getattr(self, name) for name in names}}


def read_card(model: keras.Model) -> CheckpointCard:
    """Returns the card in `model`, at any depth.

    Raises:
        ValueError: If there is none.
    """
    for layer in walk_layers(model):
        if isinstance(layer, CheckpointCard):
            return layer
    _check.fail("read_card", "model", "a model of this package, which carries its card", model)


def walk_layers(model: Any) -> Iterator[Any]:
    """Yields every layer of `model`, those of models inside it included."""
    for layer in getattr(model, "layers", ()):
        yield layer
        yield from walk_layers(layer)
