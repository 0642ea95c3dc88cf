"""Real and imaginary parts side by side, as `STFTTflite` returns them."""


def check_pair(owner, shape):
    """Raises unless `shape` ends in an axis of 2."""
    shape = tuple(shape)
    if not shape or shape[-1] != 2:
        raise ValueError(
            f"{owner}: expects a last axis of 2, real and imaginary part. "
            f"Received: shape={shape}. Use STFTTflite before it."
        )
