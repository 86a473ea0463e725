"""Which samples to take when there are more than asked for: seeded, balanced, nested."""

import hashlib
from collections import defaultdict
from collections.abc import Hashable, Sequence


def seeded_rank(seed: int, key: str) -> str:
    """Return a rank that depends on the seed and on the key alone, not on what stands beside it."""
    return hashlib.sha256(f"{seed}:{key}".encode()).hexdigest()


def spread(
    labels: Sequence[str],
    groups: Sequence[str],
    contents: Sequence[str],
    *,
    limit: int | None,
    seed: int,
) -> list[int]:
    """Choose `limit` rows, even over labels and, within a label, even over groups.

    The rows come back in ascending order. A larger limit keeps every row of a smaller one, and
    adding or removing a file moves no other file's rank. Ties between classes are broken by the
    seed, so that the classes that come first in the alphabet do not always get the odd sample.
    """
    rows = range(len(contents))
    if limit is None or limit >= len(contents):
        return list(rows)
    ranks = [seeded_rank(seed, content) for content in contents]
    first = [
        seeded_rank(seed, f"{label}/{group}") for label, group in zip(labels, groups, strict=True)
    ]
    # A group's k-th sample waits until every group of its class has given k - 1.
    by_group = _turns([(labels[i], groups[i]) for i in rows], [(ranks[i],) for i in rows])
    by_label = _turns(list(labels), [(by_group[i], first[i], ranks[i]) for i in rows])
    order = sorted(rows, key=lambda i: (by_label[i], seeded_rank(seed, labels[i]), ranks[i]))
    return sorted(order[:limit])


def _turns(kinds: Sequence[Hashable], ranks: Sequence[tuple[int | str, ...]]) -> list[int]:
    """Return each row's position among the rows of its kind, by rank."""
    members: dict[Hashable, list[int]] = defaultdict(list)
    for row, kind in enumerate(kinds):
        members[kind].append(row)
    turns = [0] * len(kinds)
    for group in members.values():
        for turn, row in enumerate(sorted(group, key=ranks.__getitem__)):
            turns[row] = turn
    return turns
