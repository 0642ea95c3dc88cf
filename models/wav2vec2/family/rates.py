"""Which layers are trained in a stage of fine-tuning, and their learning rates."""

import keras

# Names of the trainable layers of the heads for clips.
HEAD = frozenset({"layer_weights", "projector", "pooling", "classifier_dense", "classifier"})
_BLOCK = "block_"


def is_encoder(name: str) -> bool:
    """Returns whether a layer is part of the feature encoder."""
    return name.startswith("conv_") or name == "feature_encoder"


def depth(name: str, *, blocks: int, stable: bool) -> int:
    """Returns the number of blocks above a layer, plus one for the feature encoder.

    Args:
        name: Of a layer of the network.
        blocks: Number of transformer blocks.
        stable: Whether the last norm stands on the blocks, and not below them.
    """
    if name in HEAD or name.startswith("adapter_") or (stable and name == "encoder_norm"):
        return 0
    if name.startswith(_BLOCK):
        return blocks - 1 - int(name.removeprefix(_BLOCK))
    return blocks + 1 if is_encoder(name) else blocks


def multipliers(
    model: keras.Model, *, blocks: int, stable: bool, decay: float, head: float
) -> dict[str, float]:
    """Returns a rate per layer: `decay ** depth`, and `head` for the head.

    Args:
        model: A network of this package.
        blocks: See `depth`.
        stable: See `depth`.
        decay: Float in (0, 1]; 1 gives every layer the same rate.
        head: Float > 0.
    """
    return {
        layer.name: head
        if layer.name in HEAD
        else decay ** depth(layer.name, blocks=blocks, stable=stable)
        for layer in model.layers
        if layer.weights
    }


def release(
    model: keras.Model, *, blocks: int, stable: bool, upper: int | None, encoder: bool
) -> None:
    """Makes the head and some layers below it trainable, and freezes all others.

    Args:
        model: A network of this package.
        blocks: See `depth`.
        stable: See `depth`.
        upper: Number of blocks from the top that learn; 0 is the head alone, `None` all of
            them with what is below them, the feature encoder apart.
        encoder: With `upper=None`, whether the feature encoder learns too.
    """
    for layer in model.layers:
        name = layer.name
        if name in HEAD:
            layer.trainable = True
        elif is_encoder(name):
            layer.trainable = encoder and upper is None
        else:
            above = depth(name, blocks=blocks, stable=stable)
            layer.trainable = upper is None or above < upper
