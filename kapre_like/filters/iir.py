"""Recursive filters as matrix products: the constants of `ops.iir`.

A filter is a state space, `s[n + 1] = A s[n] + B x[n]`, `y[n] = C s[n] + D x[n]`. Over a block
of samples the output is one lower-triangular product with the block's input plus one product
with the state that enters the block; states are carried over groups of blocks the same way.
"""

import dataclasses
from typing import Any

import numpy as np

# Samples per block, and units per group on every level above.
BLOCK, GROUP = 64, 32
# States that fall below this over a group need not be carried over the group after it.
_FORGOTTEN = 1e-12
# Levels for filters that never forget: 64 * 32 ** 5 samples are a day at 24 kHz.
_LEVELS = 5


@dataclasses.dataclass(frozen=True)
class Level:
    """How states pass through a group of `GROUP` units, for row vectors of `order` states.

    Attributes:
        within: `(GROUP * order, GROUP * order)`, from what each unit adds to the states to
            the states that enter each unit, if zero enter the group.
        out: `(GROUP * order, order)`, from the same to the states that leave the group.
        through: `(order, GROUP * order)`, from the states that enter the group to those that
            enter each unit.
    """

    within: np.ndarray
    out: np.ndarray
    through: np.ndarray


@dataclasses.dataclass(frozen=True)
class BlockFilter:
    """A recursive filter over blocks of `BLOCK` samples, for row vectors.

    Attributes:
        local: `(BLOCK, BLOCK + order)`, from a block's input to its output and to the states
            that leave it, if zero enter it.
        ringing: `(order, BLOCK)`, from the states that enter to the output.
        levels: What carries states over the blocks; empty if a block forgets them.
    """

    local: np.ndarray
    ringing: np.ndarray
    levels: tuple[Level, ...]

    @property
    def order(self) -> int:
        """States that go from one block to the next."""
        return self.ringing.shape[0]


def block_filter(sections: Any) -> BlockFilter:
    """Returns the matrices of a cascade of filters.

    Args:
        sections: Pairs `(b, a)` of coefficients as `scipy.signal.lfilter` takes them, one
            after the other; `a[0]` is not 0.
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
    while len(levels) < _LEVELS and np.abs(transition).max(initial=0.0) > _FORGOTTEN:
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
    """The state space of filters in a row; no polynomials are multiplied out."""
    a, b, c, d = np.zeros((0, 0)), np.zeros(0), np.zeros(0), 1.0
    for numerator, denominator in sections:
        a2, b2, c2, d2 = _section(numerator, denominator)
        # The second filter's input is the first one's output.
        a = np.block([[a, np.zeros((len(b), len(b2)))], [np.outer(b2, c), a2]])
        b, c, d = np.concatenate([b, b2 * d]), np.concatenate([d2 * c, c2]), d2 * d
    return a, b, c, d


def _section(numerator: Any, denominator: Any) -> tuple[np.ndarray, np.ndarray, Any, float]:
    """The transposed direct form II of one filter."""
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
    """Changes the states' basis so that a state is as large as the output it still causes.

    Two poles near 1 make large states that cancel each other, and float32 loses digits there.
    In this basis the output of `BLOCK * GROUP` samples to come has the length of the state.
    States that no output shows are left out.
    """
    rows = np.empty((BLOCK * GROUP, len(b)))
    row = c
    for n in range(len(rows)):
        rows[n], row = row, row @ a
    _, sizes, basis = np.linalg.svd(rows, full_matrices=False)
    kept = sizes > 1e-13 * sizes.max(initial=0.0)
    to, back = sizes[kept, None] * basis[kept], basis[kept].T / sizes[kept]
    return to @ a @ back, to @ b, c @ back, d
