"""The argument that `MuLawEncoding` and `MuLawDecoding` share."""

from kapre_like import _check


def check_channels(owner, quantization_channels):
    """Raises unless `quantization_channels` is a number of codes."""
    _check.positive_int(owner, quantization_channels=quantization_channels)
    if not 2 <= quantization_channels <= 65536:
        rule = "in 2 .. 65536"
        _check.fail(owner, "quantization_channels", rule, quantization_channels)
