"""Where one image lies along the panel's directions, among the images that were held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.samples import Sizes
from substrate.numerics.retrieval import Placed, placed

#: Share of the held-out images at either end that counts as far out.
TAIL = 0.1


class HeldOut(Protocol):
    """What an image is placed among: `sharedness.leave_encoder_out` is one."""

    @property
    def encoders(self) -> tuple[str, ...]:
        """Names of the panel's encoders."""

    @property
    def size(self) -> Sizes:
        """Return the domain and its numbers of samples and photographs."""

    @property
    def whitening(self) -> str:
        """How features were brought to one scale."""

    @property
    def seed(self) -> int:
        """Return the seed of the split."""

    @property
    def mean(self) -> Float[np.ndarray, " k"]:
        """Return how far encoders agree along each direction."""

    @property
    def rows(self) -> Int[np.ndarray, " t"]:
        """Rows of the held-out images in the domain."""

    @property
    def parts(self) -> Float[np.ndarray, "e t k"]:
        """Each encoder's part of the panel's scores."""


@dataclass(frozen=True, eq=False)
class Position:
    """An image's place along every direction: first the panel's, then each encoder's.

    ``row`` is its row in the domain, None for an image of one's own; ``held_out`` says whether it
    is one of those that it is placed among.
    """

    encoders: tuple[str, ...]
    size: Sizes
    whitening: str
    seed: int
    n_test: int
    row: int | None
    held_out: bool
    placed: Placed

    @property
    def k(self) -> int:
        """Return the number of directions."""
        return int(self.placed.ranks.shape[1])

    @property
    def lead(self) -> int:
        """Return the direction along which the panel places the image furthest out (from 0)."""
        out = np.abs(self.placed.shares[0] - 0.5)
        far = np.abs(np.nan_to_num(self.placed.deviations[0]))
        return int(np.lexsort((far, out))[-1])

    def high(self, direction: int) -> bool:
        """Say whether the panel places the image in the upper half of a direction."""
        return bool(self.placed.shares[0, direction] >= 0.5)

    def outer(self, direction: int) -> int:
        """Count the encoders that place the image in the outer tenth on the panel's side."""
        shares = self.placed.shares[1:, direction]
        inside = shares >= 1 - TAIL if self.high(direction) else shares <= TAIL
        return int(inside.sum())

    def percentile(self, line: int, direction: int) -> int:
        """Return the whole percentage of the images, itself counted, that score lower."""
        lower = self.placed.out_of - int(self.placed.ranks[line, direction])
        return 100 * lower // self.placed.out_of


def position(held_out: HeldOut, row: int | None, parts: Float[np.ndarray, "e k"]) -> Position:
    """Place an image by its parts; ``row`` is None for an image of one's own."""
    samples = np.concatenate([held_out.parts.sum(axis=0, keepdims=True), held_out.parts])
    image = np.concatenate([parts.sum(axis=0, keepdims=True), parts])
    inside = row is not None and bool((held_out.rows == row).any())
    return Position(
        held_out.encoders,
        held_out.size,
        held_out.whitening,
        held_out.seed,
        len(held_out.rows),
        row,
        inside,
        placed(samples, image, inside=inside),
    )


def held_out_parts(held_out: HeldOut, row: int) -> Float[np.ndarray, "e k"] | None:
    """Return the parts of a held-out image, None of one that was not held out."""
    at = np.flatnonzero(held_out.rows == row)
    return held_out.parts[:, at[0]] if len(at) else None


def leading_row(held_out: HeldOut) -> int:
    """Return the image shown at first: the highest along the direction that is shared most."""
    scores = held_out.parts[:, :, int(np.argmax(held_out.mean))].sum(axis=0)
    return int(held_out.rows[np.argmax(scores)])
