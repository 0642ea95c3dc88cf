"""Groups of filters that share one low sampling rate: how to run a filterbank cheaply."""

import dataclasses
import functools
import math

import numpy as np

# What a group costs whatever it holds, and a pass over its input, in products per hop.
_GROUP, _SAMPLE = 9000.0, 12.0


@dataclasses.dataclass(frozen=True)
class Group:
    """Filters that are sampled at the same instants.

    Attributes:
        filters: Their indices.
        per_hop: Samples of a filter's output per hop.
        blocks: Blocks per hop that the waveform is cut into; divides both.
        reach: Taps at each side of a filter's middle.
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
        """Samples of the waveform between samples of the output."""
        return self.hop_length / self.per_hop

    @property
    def instants(self) -> np.ndarray:
        """Middles of the steps of one hop, in samples; sample 0 fills [-0.5, 0.5)."""
        return (np.arange(self.per_hop) + 0.5) * self.step - 0.5

    @property
    def lead(self) -> int:
        """Samples that the first filter of a block needs before the block."""
        return math.ceil(self.reach - self.instants[0])

    @property
    def span(self) -> int:
        """Blocks of the waveform that the outputs of one block depend on."""
        last = self.instants[self.per_block - 1] + self.reach
        return math.ceil((self.lead + math.floor(last) + 1) / self.block)

    @property
    def times(self) -> np.ndarray:
        """What each tap is from each instant, in samples, `(span * block, per_block)`."""
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
    """Returns the cheapest groups in which every filter is sampled often enough.

    Args:
        step: Array `(filters,)`, greatest distance between samples of a filter's output.
        reach: Int array `(filters,)`, taps at each side of its middle.
        hop_length: Int > 0.
        members: Int array, the filters wanted.
    """
    # Filters in order of rate: a cheapest partition has no group with a gap.
    order = members[np.argsort(step[members], kind="stable")]
    cost, cut = [0.0], [0]

    @functools.cache
    def group(first, last):
        members = order[first:last]
        least = math.ceil(hop_length / max(1.0, step[members[0]]))
        return _cheapest(members, least, int(reach[members].max()), hop_length)

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
    """Returns groups of at most `together` of these filters, sampled at every sample."""
    # Blocks long enough to be a good matrix product, short enough beside the filter.
    parts = [n for n in range(1, hop_length + 1) if hop_length % n == 0]
    short = [n for n in parts if hop_length // n <= max(32, reach // 4)]
    blocks = short[0] if short else parts[-1]
    sets = [members[a : a + together] for a in range(0, len(members), together)]
    return tuple(
        Group(tuple(map(int, own)), hop_length, blocks, reach, hop_length) for own in sets
    )


def _cheapest(members: np.ndarray, least: int, reach: int, hop_length: int) -> Group:
    """The group of `members` with `least` samples per hop or a few more."""
    options = []
    for per_hop in range(least, min(hop_length, least + least // 2 + 1) + 1):
        common = math.gcd(per_hop, hop_length)
        options += [
            Group(tuple(map(int, members)), per_hop, n, reach, hop_length)
            for n in range(1, common + 1)
            if common % n == 0 and hop_length // n >= min(hop_length, 16)
        ]
    return min(options, key=lambda option: option.cost)
