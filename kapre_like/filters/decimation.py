"""Groups of filters whose outputs share one low sampling rate, to reduce computation."""

import dataclasses
import functools
import math

import numpy as np

# Cost in products per hop: the fixed cost of a group, and of each input sample.
_GROUP, _SAMPLE = 9000.0, 12.0


@dataclasses.dataclass(frozen=True)
class Group:
    """Filters whose outputs are sampled at the same instants.

    Attributes:
        filters: Indices of the filters.
        per_hop: Samples of a filter's output per hop.
        blocks: Blocks of the waveform per hop. It divides `per_hop` and `hop_length`.
        reach: Taps on each side of a filter's center.
        hop_length: Samples per hop.
    """

    filters: tuple[int, ...]
    per_hop: int
    blocks: int
    reach: int
    hop_length: int

    @property
    def block(self) -> int:
        """Samples per block."""
        return self.hop_length // self.blocks

    @property
    def per_block(self) -> int:
        """Samples of a filter's output per block."""
        return self.per_hop // self.blocks

    @property
    def step(self) -> float:
        """Waveform samples between output samples."""
        return self.hop_length / self.per_hop

    @property
    def instants(self) -> np.ndarray:
        """Centers of the steps of one hop, in samples. Sample 0 covers [-0.5, 0.5)."""
        return (np.arange(self.per_hop) + 0.5) * self.step - 0.5

    @property
    def lead(self) -> int:
        """Samples before a block that its first output needs."""
        return math.ceil(self.reach - self.instants[0])

    @property
    def span(self) -> int:
        """Number of waveform blocks that the outputs of one block need."""
        last = self.instants[self.per_block - 1] + self.reach
        return math.ceil((self.lead + math.floor(last) + 1) / self.block)

    @property
    def times(self) -> np.ndarray:
        """Distance of each tap from each instant, in samples, `(span * block, per_block)`."""
        taps = np.arange(self.span * self.block) - self.lead
        return self.instants[None, : self.per_block] - taps[:, None]

    @property
    def cost(self) -> float:
        """Products per hop and output channel."""
        size = self.span * self.block
        return (
            _GROUP
            + _SAMPLE * size * self.blocks
            + 2 * len(self.filters) * (self.per_hop * size)
        )


def decimated_groups(
    step: np.ndarray, reach: np.ndarray, hop_length: int, members: np.ndarray
) -> tuple[Group, ...]:
    """Returns the groups of least cost in which every filter is sampled often enough.

    Args:
        step: Array `(filters,)`, maximum distance between samples of a filter's output.
        reach: Int array `(filters,)`, taps on each side of a filter's center.
        hop_length: Int > 0.
        members: Int array, indices of the filters to group.
    """
    # In order of rate, the groups of a cheapest partition are contiguous.
    order = members[np.argsort(step[members], kind="stable")]
    cost, cut = [0.0], [0]

    @functools.cache
    def group(first, last):
        members = order[first:last]
        min_per_hop = math.ceil(hop_length / max(1.0, step[members[0]]))
        return _cheapest(members, min_per_hop, int(reach[members].max()), hop_length)

    for last in range(1, len(order) + 1):
        costs = [cost[first] + group(first, last).cost for first in range(last)]
        cut.append(int(np.argmin(costs)))
        cost.append(min(costs))
    groups, last = [], len(order)
    while last:
        groups.append(group(cut[last], last))
        last = cut[last]
    return tuple(reversed(groups))


def undecimated_groups(
    members: np.ndarray, reach: int, hop_length: int, together: int
) -> tuple[Group, ...]:
    """Returns groups of at most `together` filters whose outputs are not decimated."""
    # Blocks are long enough for a fast matrix product, and short compared to the filter.
    parts = [n for n in range(1, hop_length + 1) if hop_length % n == 0]
    short = [n for n in parts if hop_length // n <= max(32, reach // 4)]
    blocks = short[0] if short else parts[-1]
    sets = [members[a : a + together] for a in range(0, len(members), together)]
    return tuple(
        Group(tuple(map(int, own)), hop_length, blocks, reach, hop_length) for own in sets
    )


def _cheapest(members: np.ndarray, min_per_hop: int, reach: int, hop_length: int) -> Group:
    """Returns the cheapest group of `members` with at least `min_per_hop` samples per hop."""
    options = []
    max_per_hop = min(hop_length, min_per_hop + min_per_hop // 2 + 1)
    for per_hop in range(min_per_hop, max_per_hop + 1):
        common = math.gcd(per_hop, hop_length)
        options += [
            Group(tuple(map(int, members)), per_hop, n, reach, hop_length)
            for n in range(1, common + 1)
            if common % n == 0 and hop_length // n >= min(hop_length, 16)
        ]
    return min(options, key=lambda option: option.cost)
