"""Which operators the arithmetic may use: all of the backend's, or only plain ones.

File formats for phones and other runtimes have no complex numbers and no Fourier transform of
any size. Whoever writes such a file traces the model inside `plain_operators()`; the functions
of this floor then take matrix products, slices and reshapes where they would take those.
"""

import contextlib
import contextvars

_PLAIN = contextvars.ContextVar("plain_operators", default=False)


@contextlib.contextmanager
def plain_operators():
    """While it lasts, what is traced holds matrix products instead of Fourier transforms."""
    token = _PLAIN.set(True)
    try:
        yield
    finally:
        _PLAIN.reset(token)


def plain():
    """Whether only plain operators may be used now."""
    return _PLAIN.get()
