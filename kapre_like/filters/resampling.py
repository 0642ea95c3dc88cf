"""Band-limited resampling as matrix products: the constants of `ops.resampling`.

The output at time `t` is `sum_i x[i] h(i - t)`, where `h` is a windowed sinc. The positions of
output samples between input samples repeat after a period of `source` input samples and
`target` output samples, so one matrix computes every period.
"""

import dataclasses
import math

import numpy as np

METHODS = ("sinc_interp_hann", "sinc_interp_kaiser")

# Outputs that share a window of the input, if a period is too long for one matrix.
_CHUNK = 64
# Maximum size of one matrix for a whole period, and of all matrices of a period in chunks.
_MAX_DENSE, _MAX_CHUNKED = 2**22, 2**24


@dataclasses.dataclass(frozen=True)
class Sinc:
    """A windowed sinc.

    Attributes:
        method: `"sinc_interp_hann"` or `"sinc_interp_kaiser"`.
        width: Int > 0, zero crossings on each side.
        rolloff: Number in 0 .. 1, cutoff as a share of half the lower rate.
        beta: Number >= 0, shape of the Kaiser window.
    """

    method: str
    width: int
    rolloff: float
    beta: float


# The slope of a Kaiser filter is centered at its cutoff. These end at half the lower rate.
QUALITIES = {
    "fast": Sinc("sinc_interp_hann", 6, 0.99, 0.0),
    "high": Sinc("sinc_interp_kaiser", 64, 0.95, 10.5),
    "best": Sinc("sinc_interp_kaiser", 160, 0.975, 13.0),
}


@dataclasses.dataclass(frozen=True)
class Resampler:
    """The matrices that resample blocks of `source` samples to `target` samples.

    Attributes:
        source: Int > 0, input samples per block, at least `2 * reach` if there is one chunk.
        target: Int > 0, output samples per block.
        reach: Int > 0, input samples on each side of an output sample that affect it.
        starts: Int array `(chunks,)`, the first input sample of each chunk's window, relative
            to `reach` samples before the block. `None` for one chunk, whose window is this
            block and the next.
        kernels: `(chunks, window, outputs)`, `chunks * outputs >= target`.
    """

    source: int
    target: int
    reach: int
    starts: np.ndarray | None
    kernels: np.ndarray


def periods(orig_sr: int, target_sr: int) -> tuple[int, int]:
    """Returns the shortest period: input samples and output samples."""
    common = math.gcd(orig_sr, target_sr)
    return orig_sr // common, target_sr // common


def resampled_count(samples: int, source: int, target: int) -> int:
    """Returns the number of output samples: `ceil(samples * target / source)`."""
    return -(-samples * target // source)


def reach(source: int, target: int, sinc: Sinc) -> int:
    """Returns how many input samples on each side affect an output sample."""
    return math.ceil(sinc.width * source / (min(source, target) * sinc.rolloff))


def fits(source: int, target: int, sinc: Sinc) -> bool:
    """Returns whether the matrices of a period are small enough to store.

    The second condition keeps the sample positions of a period within 32 bits.
    """
    _, _, chunks, window = _chunked_sizes(source, target, sinc)
    dense = _dense_size(source, target, sinc) <= _MAX_DENSE
    small = dense or chunks * window * _CHUNK <= _MAX_CHUNKED
    return small and source * (target + 1) < 2**31


def resampler(source: int, target: int, sinc: Sinc) -> Resampler:
    """Returns the matrices for a period of `source` input and `target` output samples."""
    if _dense_size(source, target, sinc) <= _MAX_DENSE:
        return _dense(source, target, sinc)
    return _chunked(source, target, sinc)


def _dense_size(source: int, target: int, sinc: Sinc) -> int:
    times = _times(source, target, sinc)
    return 2 * source * times * target * times


def _times(source: int, target: int, sinc: Sinc) -> int:
    """Returns the periods per block, so that an output needs only this block and the next."""
    return math.ceil(2 * reach(source, target, sinc) / source)


def _dense(source: int, target: int, sinc: Sinc) -> Resampler:
    side, times = reach(source, target, sinc), _times(source, target, sinc)
    block = source * times
    outputs = np.arange(target * times)[None, :]
    inputs = np.arange(2 * block)[:, None] - side
    kernel = _kernel(inputs, outputs, source, target, sinc)
    return Resampler(block, target * times, side, None, kernel[None])


def _chunked_sizes(source: int, target: int, sinc: Sinc) -> tuple[int, int, int, int]:
    """Returns periods, outputs and chunks per block, and samples per window."""
    times = math.ceil(_CHUNK / target)
    outputs = target * times
    window = 2 * reach(source, target, sinc) + math.ceil(_CHUNK * source / target) + 1
    return times, outputs, math.ceil(outputs / _CHUNK), window


def _chunked(source: int, target: int, sinc: Sinc) -> Resampler:
    times, outputs, chunks, window = _chunked_sizes(source, target, sinc)
    first = np.arange(chunks) * _CHUNK
    starts = first * source // target
    inputs = starts[:, None, None] + np.arange(window)[None, :, None]
    inputs = inputs - reach(source, target, sinc)
    targets = first[:, None, None] + np.arange(_CHUNK)[None, None, :]
    kernels = _kernel(inputs, targets, source, target, sinc)
    side = reach(source, target, sinc)
    return Resampler(source * times, outputs, side, starts, kernels)


def _kernel(
    inputs: np.ndarray, outputs: np.ndarray, source: int, target: int, sinc: Sinc
) -> np.ndarray:
    """Returns the windowed sinc from each input sample to each output sample."""
    cutoff = min(source, target) * sinc.rolloff / source
    # The distance in input samples. Integer arithmetic keeps all digits of long periods.
    time = (inputs * target - outputs * source) / target * cutoff
    inside = np.abs(time) < sinc.width
    time = np.where(inside, time, 0.0)
    if sinc.method == "sinc_interp_hann":
        window = np.cos(time * np.pi / sinc.width / 2.0) ** 2
    else:
        window = np.i0(sinc.beta * np.sqrt(1.0 - (time / sinc.width) ** 2)) / np.i0(sinc.beta)
    return np.where(inside, cutoff * np.sinc(time) * window, 0.0)
