"""How often each token occurs, and an output layer that starts with these frequencies.

CTC training begins with a plateau, where the network outputs the frequencies of the tokens for
every clip. Random output weights start far above the plateau, and the network may learn wrong
alignments on its way down. An output layer that starts with the frequencies starts on it.
"""

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import keras

# Factor on the random weights of the output layer. The first outputs are then nearly equal to
# the frequencies.
KERNEL_SCALE = 0.1


def entropy(targets: np.ndarray) -> float:
    """Returns the entropy in nats of a token that is drawn from all texts.

    It is about the training loss per token of a network that ignores its input.

    Args:
        targets: Int array `(texts, longest)`; negative numbers are padding.
    """
    _, counts = np.unique(targets[targets >= 0], return_counts=True)
    shares = counts / max(1, counts.sum())
    return float(-(shares * np.log(shares)).sum())


def log_frequencies(
    targets: np.ndarray, *, frames: int, n_tokens: int, blank: int
) -> np.ndarray:
    """Returns the log probability of each token in a frame, `(n_tokens,)` float32.

    Each token of a text has one frame, and the blank has all other frames. A token that does
    not occur counts once.

    Args:
        targets: Int array `(texts, longest)`; negative numbers are padding.
        frames: Int >= 0, frames of all clips together.
        n_tokens: Int > 0, size of the vocabulary.
        blank: Int >= 0, number of the blank.
    """
    counts = np.bincount(targets[targets >= 0], minlength=n_tokens)
    counts[blank] = frames - counts.sum()
    counts = np.maximum(counts, 1)
    return np.log(counts / counts.sum()).astype("float32")


def start_at_frequencies(
    layer: "keras.layers.Dense", targets: np.ndarray, *, frames: int, blank: int
) -> None:
    """Sets an untrained output layer, so that it outputs about the log frequencies.

    Args:
        layer: A built dense layer with a bias, one unit per token.
        targets: As in `log_frequencies`.
        frames: As in `log_frequencies`.
        blank: As in `log_frequencies`.
    """
    kernel, bias = layer.get_weights()
    logits = log_frequencies(targets, frames=frames, n_tokens=len(bias), blank=blank)
    layer.set_weights([KERNEL_SCALE * kernel, logits])
