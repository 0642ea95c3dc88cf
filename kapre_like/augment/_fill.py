"""The argument `fill` of layers that move spectrograms."""

from kapre_like import _check


def check_fill(owner, fill):
    """Raises unless `fill` says what stands where nothing is left to read."""
    if isinstance(fill, str):
        if fill not in ("edge", "min"):
            _check.fail(owner, "fill", '"edge", "min" or a finite number', fill)
    else:
        _check.number(owner, fill=fill)
