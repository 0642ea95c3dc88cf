"""The sound of a telephone line as a layer. Arithmetic: `ops.effects`."""

import math

import keras
from keras import ops

from kapre_like import _check
from kapre_like.augment._filters import check_band
from kapre_like.filters.augmentation import butterworth_poles, kernel_size
from kapre_like.layers._base.augmentation import Augmentation
from kapre_like.ops.convolution import PIECES, convolve
from kapre_like.ops.effects import band_pass, lose_packets, mu_law_round_trip
from kapre_like.ops.lowering import over_clips

LOSSES = ("repeat", "zero")
_ORDER = 4
# 255 levels: 8 bits.
_MU = 255


@keras.saving.register_keras_serializable(package="kapre_like")
class CodecSimulation(Augmentation):
    """Simulates a telephone line: band limit, 8-bit quantization and lost packets.

    The band limit is a causal Butterworth band-pass filter of order 4. The quantization is
    mu-law with mu = 255. Its noise is about 38 dB below both loud and quiet sounds, and its
    gradient is that of the identity. Each packet of an example is lost with a probability that
    is drawn uniformly for the example. At inference the result is the input.

    `y[n] = Q(sum_k h[k] * x[n - k])` where the packet `floor(n / packet)` arrives, and 0 or a
    repetition elsewhere. `packet = round(packet_ms * sample_rate / 1000)` samples, `h` is the
    impulse response of the band limit, and the quantizer is
    `Q(x) = sign(q) * (256 ** |q| - 1) / 255` with `q = round(127 * c) / 127` and
    `c = sign(x) * log(1 + 255 * |x|) / log(256)`.

    Args:
        sample_rate: Int > 0, Hz, of the input.
        band_limit: Whether to apply the band-pass filter.
        low_hz: Number > 0, Hz, the lower edge of the band (-3 dB).
        high_hz: Number above `low_hz` and below half the sample rate, Hz, the upper edge.
        mu_law: Whether samples are quantized. Those beyond [-1, 1] become -1 or 1.
        packet_ms: Number > 0, milliseconds per packet.
        min_loss: Number in 0 .. 1, the smallest probability that a packet is lost.
        max_loss: Number in `min_loss` .. 1, the largest. 0 for no loss.
        concealment: `"zero"` replaces a lost packet by silence. `"repeat"` replaces it by the
            packet before it, and by silence if that is lost too.
        probability: Number in 0 .. 1, the probability that an example is changed.
        seed: `None`, or int >= 0: the same draws in the same order in every new layer.
        **kwargs: Base layer arguments, such as `name` and `dtype`.

    Input shape:
        `(batch, samples)` or `(batch, samples, channels)`, floating point in [-1, 1], with or
        without a Keras mask; or a list `[waveform, length]`.

    Output shape:
        Same as the input, float32.

    Raises:
        ValueError: If an argument is outside its domain, or the input has another rank, or is
            not floating point.

    Example:
        >>> x = np.ones((1, 640), "float32")
        >>> layer = kapre_like.augment.CodecSimulation(band_limit=False, min_loss=1, max_loss=1)
        >>> float(keras.ops.max(layer(x, training=True)))
        0.0

    Source: ITU-T G.711 (mu-law), G.712 (the band of a telephone).
    """

    def __init__(
        self, *, sample_rate=16000, band_limit=True, low_hz=300.0, high_hz=3400.0, mu_law=True,
        packet_ms=20.0, min_loss=0.0, max_loss=0.1, concealment="zero", probability=1.0,
        seed=None, **kwargs,
    ):  # fmt: skip
        super().__init__(probability=probability, seed=seed, **kwargs)
        owner = "CodecSimulation"
        _check.boolean(owner, band_limit=band_limit, mu_law=mu_law)
        check_band(owner, sample_rate, low_hz=low_hz, high_hz=high_hz)
        if high_hz == low_hz:
            _check.fail(owner, "high_hz", f"above low_hz={low_hz}", high_hz)
        _check.positive(owner, packet_ms=packet_ms)
        _check.share(owner, min_loss=min_loss, max_loss=max_loss)
        _check.ordered(owner, min_loss=min_loss, max_loss=max_loss)
        if concealment is None or concealment not in LOSSES:
            _check.fail(owner, "concealment", f"one of {list(LOSSES)}", concealment)
        self.sample_rate, self.band_limit, self.mu_law = sample_rate, band_limit, mu_law
        self.low_hz, self.high_hz, self.packet_ms = low_hz, high_hz, packet_ms
        self.min_loss, self.max_loss, self.concealment = min_loss, max_loss, concealment
        self._packet = max(1, round(packet_ms * sample_rate / 1000))
        poles = butterworth_poles(
            "bandpass", order=_ORDER, cutoffs=[(low_hz, high_hz)], sample_rate=sample_rate
        )
        self._taps = kernel_size(poles)

    def draw(self, shape):
        loss = self.uniform((shape[0], 1), self.min_loss, self.max_loss)
        packets = self.uniform((shape[0], shape[1] // self._packet + 1))
        return {"lost": packets < loss}

    def transform(self, x, length, draws):  # noqa: ARG002
        y = self._limited(x) if self.band_limit else x
        y = mu_law_round_trip(y, mu=_MU) if self.mu_law else y
        if not self.max_loss:
            return y
        repeat = self.concealment == "repeat"
        return lose_packets(y, lost=draws["lost"], packet=self._packet, repeat=repeat)

    def _limited(self, x):
        turns = 2.0 * math.pi / self.sample_rate
        low, high = (ops.full((1,), hz * turns, dtype=x.dtype)
                     for hz in (self.low_hz, self.high_hz))  # fmt: skip
        kernel = band_pass(low, high, order=_ORDER, size=self._taps)
        return over_clips(lambda x: convolve(x, kernel=kernel, delay=0), x, max_pieces=PIECES)
