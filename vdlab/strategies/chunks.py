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
