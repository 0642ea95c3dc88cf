"""Facts for writing a checkpoint: a typed view of `ModelCard.checkpoint`."""

from dataclasses import asdict, dataclass
from typing import Any

from kapre_like import _check
from kapre_like.models.wav2vec2.config.network import RATE, Wav2Vec2Config
from kapre_like.models.wav2vec2.config.options import Wav2Vec2Options

PADDINGS = ("exact", "huggingface")
_OWNER = "CheckpointFacts"


@dataclass(frozen=True)
class CheckpointFacts:
    """Facts for writing a Hugging Face checkpoint, besides task, class names and weights.

    Args:
        config: Dict of JSON values from `Wav2Vec2Config.to_json`. It may have further keys of a
            `config.json`, which are written back.
        sampling_rate: Int > 0, sample rate in Hz of the network's input after resampling.
        normalize: Whether the model scales each clip to zero mean and unit variance.
        padding: `"exact"` or `"huggingface"`, see `Wav2Vec2Options`.
        padding_value: Float, padding value of the checkpoint's feature extractor.
        attention_mask: See `Wav2Vec2Options`.
        tokenizer: Dict from file name to content, such as `{"vocab.json": {...}}`, or `None`.
        unused: Names of tensors of the checkpoint that the model does not use.
        front_end_step: Float > 0, samples at `sampling_rate` between two frames of the front
            end that replaces the convolutions. `None` with convolutions.
        kept_samples: Int > 0, maximum samples of a clip at `sampling_rate`, or `None`.

    Raises:
        ValueError: If an argument is out of its domain.

    Example:
        >>> from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts
        >>> from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config
        >>> CheckpointFacts(config=Wav2Vec2Config().to_json()).network().num_hidden_layers
        12
    """

    config: dict[str, Any]
    sampling_rate: int = RATE
    normalize: bool = True
    padding: str = "exact"
    padding_value: float = 0.0
    attention_mask: bool | None = None
    tokenizer: dict[str, Any] | None = None
    unused: tuple[str, ...] | list[str] = ()
    front_end_step: float | None = None
    kept_samples: int | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.config, dict):
            _check.fail(_OWNER, "config", "a dict", self.config)
        if self.tokenizer is not None and not isinstance(self.tokenizer, dict):
            _check.fail(_OWNER, "tokenizer", "a dict, or None", self.tokenizer)
        _check.one_of(_OWNER, PADDINGS, padding=self.padding)
        _check.positive_int(_OWNER, sampling_rate=self.sampling_rate)
        _check.boolean(_OWNER, normalize=self.normalize)
        _check.number(_OWNER, padding_value=self.padding_value)
        if self.attention_mask is not None:
            _check.boolean(_OWNER, attention_mask=self.attention_mask)
        if self.front_end_step is not None:
            _check.positive(_OWNER, front_end_step=self.front_end_step)
        if self.kept_samples is not None:
            _check.positive_int(_OWNER, kept_samples=self.kept_samples)

    @classmethod
    def of(cls, model: Any) -> "CheckpointFacts":
        """Reads the facts from the card of a model of this package.

        Raises:
            ValueError: If the model has no card, or a card of another network.
        """
        # Imported here, because exported files are read without Keras.
        from kapre_like.models.artifact.card import card_of

        checkpoint = card_of(model).checkpoint
        if checkpoint is None:
            _check.fail(_OWNER, "model", "a Wav2Vec2 network", model)
        return cls(**checkpoint)

    def network(self) -> Wav2Vec2Config:
        """Returns the configuration of the network."""
        return Wav2Vec2Config.from_json(self.config)

    def to_json(self) -> dict[str, Any]:
        """Returns the dict for `ModelCard(checkpoint=...)`."""
        return {**asdict(self), "unused": list(self.unused)}


def facts_of(
    config: Wav2Vec2Config,
    options: Wav2Vec2Options,
    *,
    front_end_step: float | None = None,
    kept_samples: int | None = None,
) -> dict[str, Any]:
    """Returns the dict for `ModelCard(checkpoint=...)` of a new network."""
    facts = {
        "front_end_step": front_end_step,
        "kept_samples": kept_samples,
        "config": config.to_json(),
        "padding": options.padding,
        "attention_mask": options.attention_mask,
        "normalize": True if options.normalize is None else options.normalize,
    }
    return CheckpointFacts(**{**facts, **(options.card or {})}).to_json()
