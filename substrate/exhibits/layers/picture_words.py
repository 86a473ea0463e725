"""What views of pictures and rankings say alike: ties, and why few groups make no headline."""

from __future__ import annotations

from collections.abc import Sequence

from substrate.analyses.shared.samples import Sizes
from substrate.numerics.estimates import too_few
from substrate.numerics.intervals import MIN_GROUPS
from substrate.wording import bracketed


def together(names: Sequence[str]) -> str:
    """Name one, two, or the first of several that share a place."""
    names = [bracketed(name) for name in names]
    return f"{names[0]} and others" if len(names) > 2 else " and ".join(names)


def too_few_groups(size: Sizes) -> str:
    """Say why there is no headline on other images, where there are too few groups for one."""
    if not size.within:
        return ""
    return too_few(size.photographs, size.nouns.groups, MIN_GROUPS, "headline")


def joined(*parts: str) -> str:
    """Join sentences, those that are not empty."""
    return " ".join(part for part in parts if part)
