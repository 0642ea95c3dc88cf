"""The argument `fill` of layers that shift or resize spectrograms."""

from kapre_like import _check


def check_fill(owner, fill):
    """Raises unless `fill` is a valid value or rule for bins outside the spectrogram."""
    if isinstance(fill, str):
        if fill not in ("edge", "min"):
            _check.fail(owner, "fill", '"edge", "min" or a finite number', fill)
    else:
        _check.number(owner, fill=fill)
