"""Which operators the arithmetic may use: all of the backend's, or only plain ones.

File formats for phones and other runtimes have no complex numbers and no Fourier transform of
any size. Whoever writes such a file traces the model inside `plain_operators()`; the functions
of this floor then take matrix products, slices and reshapes where they would take those.
"""

import contextlib
import contextvars

_PLAIN = contextvars.ContextVar("plain_operators", default=None)


@contextlib.contextmanager
def plain_operators(*, doubles=False, channels_first=False):
    """While it lasts, what is traced holds matrix products instead of Fourier transforms.

    Args:
        doubles: Whether the format has float64 arithmetic.
        channels_first: Whether the format's convolutions take `(batch, channels, steps)`.
    """
    token = _PLAIN.set({"doubles": doubles, "channels_first": channels_first})
    try:
        yield
    finally:
        _PLAIN.reset(token)


def plain():
    """Whether only plain operators may be used now."""
    return _PLAIN.get() is not None


def doubles():
    """Whether float64 may be used now, on TensorFlow or in its graphs."""
    return not plain() or _PLAIN.get()["doubles"]


def channels_first():
    """Whether plain operators are wanted, and convolutions of `(batch, channels, steps)`."""
    return plain() and _PLAIN.get()["channels_first"]
