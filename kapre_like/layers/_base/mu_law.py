"""Base class of `MuLawEncoding` and `MuLawDecoding`."""

from kapre_like import _check
from kapre_like.layers._base.front_end import FrontEnd


class MuLaw(FrontEnd):
    """Checks the number of codes. The output has the shape of the input."""

    def __init__(self, *, quantization_channels=256, **kwargs):
        super().__init__(**kwargs)
        owner = type(self).__name__
        _check.positive_int(owner, quantization_channels=quantization_channels)
        if not 2 <= quantization_channels <= 65536:
            rule = "in 2 .. 65536"
            _check.fail(owner, "quantization_channels", rule, quantization_channels)
        self.quantization_channels = quantization_channels
