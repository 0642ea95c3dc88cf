"""CTC loss from a network's configuration, and a check of labels."""

from collections.abc import Sequence
from typing import Any

from kapre_like.models.blocks.class_check import check_classes
from kapre_like.models.blocks.frame_losses import CTCLoss
from kapre_like.models.wav2vec2.checkpoint.card import CheckpointFacts
from kapre_like.models.wav2vec2.config.network import Wav2Vec2Config


def ctc_loss_of(config: Wav2Vec2Config) -> CTCLoss:
    """Returns the CTC loss with the options of a checkpoint's configuration."""
    per_label = config.ctc_loss_reduction == "mean"
    return CTCLoss(
        blank=config.pad_token_id or 0,
        zero_infinity=config.ctc_zero_infinity,
        per_label=per_label,
        reduction="sum_over_batch_size" if per_label else "sum",
    )


def check_ctc_labels(labels: Sequence[Any], network: Any) -> None:
    """Checks the labels of a dataset before training, which might fail hours later.

    Args:
        labels: Token indices, one row per clip, of equal or different lengths. Negative numbers
            are padding.
        network: A CTC model, its `Wav2Vec2Config`, or the number of its tokens.

    Raises:
        ValueError: If a row has a token that the network does not have. The message names the
            row.

    Example:
        >>> from kapre_like.models.wav2vec2 import Wav2Vec2Config, check_ctc_labels
        >>> check_ctc_labels([[3, 5], [31]], Wav2Vec2Config())
    """
    tokens = network
    if not isinstance(network, int):
        is_config = isinstance(network, Wav2Vec2Config)
        config = network if is_config else CheckpointFacts.of(network).network()
        tokens = config.vocab_size
    for number, row in enumerate(labels):
        check_classes(f"check_ctc_labels: row {number}", row, tokens, lowest=None)
