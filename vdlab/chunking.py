"""How the sampled indices are shared out among workers."""

import itertools
from collections.abc import Sequence

from vdlab.errors import SettingsError


def split(indices: Sequence[int], chunks: int) -> list[list[int]]:
    """Cut `indices` into at most `chunks` consecutive runs whose lengths differ by at most one.

    Joined, the runs give `indices` again. None is empty: with more chunks asked for than there are indices,
    every index is a run of its own.

    Raises:
        SettingsError: `chunks` is less than one.
    """
    if chunks < 1:
        raise SettingsError(f"{chunks} workers cannot decode anything; ask for at least 1")
    count = min(chunks, len(indices))
    borders = [len(indices) * number // count for number in range(count + 1)] if count else []
    return [list(indices[start:stop]) for start, stop in itertools.pairwise(borders)]


def balanced(costs: Sequence[int], chunks: int) -> list[range]:
    """Share runs of work out among at most `chunks` workers' worth of consecutive runs that cost about the same.

    A run is what cannot be cut, such as the frames of one group of pictures. Joined, the ranges number every run
    once, in order, and none is empty. None costs more than its equal share plus the dearest single run.

    Args:
        costs: what each run costs, 0 or more.
        chunks: how many ranges to aim for.

    Raises:
        SettingsError: `chunks` is less than one.
    """
    if chunks < 1:
        raise SettingsError(f"{chunks} workers cannot decode anything; ask for at least 1")
    total = sum(costs)
    ranges: list[range] = []
    begin = before = 0
    for run, cost in enumerate(costs):
        before += cost
        # The n-th range ends where the n-th equal share does; the last takes whatever is left.
        if before * chunks >= total * (len(ranges) + 1) and len(ranges) < chunks - 1:
            ranges.append(range(begin, run + 1))
            begin = run + 1
    return [*ranges, range(begin, len(costs))] if begin < len(costs) else ranges
