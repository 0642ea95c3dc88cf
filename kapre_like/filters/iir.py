"""Recursive filters as matrix products: the constants of `ops.iir`.

A filter is a state space: `s[n + 1] = A s[n] + B x[n]`, `y[n] = C s[n] + D x[n]`. The output of
a block of samples is the product of a lower-triangular matrix and the block's input, plus the
product of a matrix and the block's initial state. States pass through groups of blocks in the
same way.
"""

import dataclasses
from typing import Any

import numpy as np

# Samples per block, and units per group on every level above.
BLOCK, GROUP = 64, 32
# States that decay below this within a group are not carried to the next group.
_DECAYED = 1e-12
# Levels for filters that do not decay: 64 * 32 ** 5 samples are a day at 24 kHz.
_LEVELS = 5


@dataclasses.dataclass(frozen=True)
class Level:
    """The matrices that carry states through `GROUP` units, for row vectors of `order` states.

    Attributes:
        within: `(GROUP * order, GROUP * order)`, from the states that each unit adds to the
            initial states of each unit, if the group begins with zero states.
        out: `(GROUP * order, order)`, from the states that each unit adds to the group's final
            states.
        through: `(order, GROUP * order)`, from the group's initial states to the initial
            states of each unit.
    """

    within: np.ndarray
    out: np.ndarray
    through: np.ndarray


@dataclasses.dataclass(frozen=True)
class BlockFilter:
    """A recursive filter over blocks of `BLOCK` samples, for row vectors.

    Attributes:
        local: `(BLOCK, BLOCK + order)`, from a block's input to its output and its final
            states, if it begins with zero states.
        ringing: `(order, BLOCK)`, from the initial states to the output.
        levels: The matrices that carry states over the blocks. Empty if the states decay
            within a block.
    """

    local: np.ndarray
    ringing: np.ndarray
    levels: tuple[Level, ...]

    @property
    def order(self) -> int:
        """Number of states that a block passes to the next."""
        return self.ringing.shape[0]


def block_filter(sections: Any) -> BlockFilter:
    """Returns the matrices of filters in series.

    Args:
        sections: Pairs `(b, a)` of coefficients as for `scipy.signal.lfilter`, in order of
            application; `a[0]` is not 0.
    """
    a, b, c, d = _well_scaled(*_cascade(sections))
    order = len(b)
    states = [b]  # A ** n B
    for _ in range(BLOCK - 1):
        states.append(a @ states[-1])
    response = np.array([d, *(c @ state for state in states[:-1])])
    lag = np.arange(BLOCK)[None, :] - np.arange(BLOCK)[:, None]
    output = np.where(lag >= 0, response[np.maximum(lag, 0)], 0.0)
    leaving = np.array(states[::-1]).reshape(BLOCK, order)
    ringing = np.empty((BLOCK, order))
    row = c
    for n in range(BLOCK):
        ringing[n], row = row, row @ a
    transition = np.linalg.matrix_power(a, BLOCK)
    return BlockFilter(np.hstack([output, leaving]), ringing.T, _levels(transition))


def _levels(transition: np.ndarray) -> tuple[Level, ...]:
    levels: list[Level] = []
    while len(levels) < _LEVELS and np.abs(transition).max(initial=0.0) > _DECAYED:
        levels.append(_level(transition))
        transition = np.linalg.matrix_power(transition, GROUP)
    return tuple(levels)


def _level(transition: np.ndarray) -> Level:
    order = len(transition)
    powers = [np.eye(order)]
    for _ in range(GROUP):
        powers.append(powers[-1] @ transition)
    within = np.zeros((GROUP, order, GROUP, order))
    for source in range(GROUP):
        for target in range(source + 1, GROUP):
            within[source, :, target] = powers[target - source - 1].T
    out = np.concatenate([powers[GROUP - 1 - unit].T for unit in range(GROUP)])
    through = np.concatenate([power.T for power in powers[:GROUP]], axis=1)
    return Level(within.reshape(GROUP * order, GROUP * order), out, through)


def _cascade(sections: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Returns the state space of filters in series, without multiplying polynomials."""
    a, b, c, d = np.zeros((0, 0)), np.zeros(0), np.zeros(0), 1.0
    for numerator, denominator in sections:
        a2, b2, c2, d2 = _section(numerator, denominator)
        # The second filter's input is the first one's output.
        a = np.block([[a, np.zeros((len(b), len(b2)))], [np.outer(b2, c), a2]])
        b, c, d = np.concatenate([b, b2 * d]), np.concatenate([d2 * c, c2]), d2 * d
    return a, b, c, d


def _section(numerator: Any, denominator: Any) -> tuple[np.ndarray, np.ndarray, Any, float]:
    """Returns the transposed direct form II of one filter."""
    order = max(len(numerator), len(denominator)) - 1
    top, bottom = np.zeros(order + 1), np.zeros(order + 1)
    top[: len(numerator)] = np.asarray(numerator, "float64") / denominator[0]
    bottom[: len(denominator)] = np.asarray(denominator, "float64") / denominator[0]
    a = np.eye(order, k=1)
    a[:, :1] -= bottom[1:, None]
    return a, top[1:] - bottom[1:] * top[0], np.eye(1, order)[0], top[0]


def _well_scaled(
    a: np.ndarray, b: np.ndarray, c: np.ndarray, d: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """Changes the basis of the states, so that a state has the size of the output it causes.

    Two poles near 1 produce large states that cancel each other, which loses float32 digits.
    In the new basis the norm of a state is the norm of its output in the next `BLOCK * GROUP`
    samples. States without effect on the output are removed.
    """
    rows = np.empty((BLOCK * GROUP, len(b)))
    row = c
    for n in range(len(rows)):
        rows[n], row = row, row @ a
    _, sizes, basis = np.linalg.svd(rows, full_matrices=False)
    kept = sizes > 1e-13 * sizes.max(initial=0.0)
    to, back = sizes[kept, None] * basis[kept], basis[kept].T / sizes[kept]
    return to @ a @ back, to @ b, c @ back, d


def smoothing_coefficient(time_constant: Any, sample_rate: float, hop_length: int) -> Any:
    """Returns the coefficient of a first-order smoother for a time constant in seconds.

    The smoother is `m[t] = (1 - b) * m[t - 1] + b * x[t]`. With the time constant `T` in
    frames, `b = (sqrt(1 + 4 T^2) - 1) / (2 T^2)`, that is `T = sqrt(1 - b) / b`.

    Args:
        time_constant: Number or array > 0, seconds.
        sample_rate: Number > 0, Hz.
        hop_length: Int > 0, samples between frames.

    Source: V. Lostanlen et al., Per-channel energy normalization: why and how, 2019;
        librosa 0.11 `pcen`.
    """
    frames = np.asarray(time_constant, "float64") * sample_rate / hop_length
    # This form avoids the difference of two nearly equal numbers if `frames` is small.
    return 2.0 / (np.sqrt(1.0 + 4.0 * frames**2) + 1.0)


def time_constant(smoothing: Any, sample_rate: float, hop_length: int) -> Any:
    """Returns the time constant in seconds; the inverse of `smoothing_coefficient`.

    Args:
        smoothing: Number or array in (0, 1].
        sample_rate: Number > 0, Hz.
        hop_length: Int > 0, samples between frames.
    """
    smoothing = np.asarray(smoothing, "float64")
    frames = np.sqrt(1.0 - smoothing) / smoothing
    return frames * hop_length / sample_rate
