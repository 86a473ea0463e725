"""Panels that claims about domains compare: each on all domains, whole and with parts left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Generic, Protocol, TypeVar

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.claims.samples import counted, features_of, groups_of
from substrate.analyses.shared.replicates import (
    Replicates,
    no_draws,
    rows_left_out,
)
from substrate.analyses.shared.samples import (
    of_each,
    side_by_side,
)
from substrate.analyses.spec import AnalysisError
from substrate.analyses.subspace.intervals import Compared
from substrate.numerics.nulls import (
    MIN_GROUPS,
    row_orders,
)
from substrate.numerics.spectra import (
    SpectrumError,
    existing_directions,
)
from substrate.numerics.whitening import (
    LEAST_DEVIATION,
    WhiteningError,
)
from substrate.runs import Run

#: The switches: dimensions, of which the first is the default, and estimates.
DIMENSIONS = (16, 8, 32)
ESTIMATES = ("biased", "debiased")
#: Blocks of photographs that are left out of a domain in turn.
BLOCKS = 10

Standardise = Callable[[Int[np.ndarray, " k"]], Float[np.ndarray, "k D"]]
#: By domain, the rows without each block of photographs.
Blocks = Sequence[Sequence[Int[np.ndarray, " k"]]]
#: What is kept of a panel's matrices.
Seen = TypeVar("Seen")


@dataclass(frozen=True)
class PanelName:
    """Which panel: of what kind, and which of its kind (a draw, an encoder left out), from 0."""

    kind: str
    number: int | None = None

    def takes_part(self, draw: int) -> bool:
        """Say whether the panel takes part: with one draw no other twins do, below 0 all do."""
        return draw < 0 or self.kind != "untrained" or self.number == draw


@dataclass(frozen=True, eq=False)
class ClaimPanel:
    """One panel on all domains: how to standardise any rows of each, and its matrices."""

    name: PanelName
    of_rows: tuple[Standardise, ...]
    state: Compared

    def without(self, own: int, rows: Int[np.ndarray, " k"]) -> Compared | None:
        """Return the matrices when one domain keeps only some rows, its basis found anew.

        Without the K of which these rows hold too few directions; None where that is every K.
        """
        x = self.of_rows[own](rows)
        basis = existing_directions(x, max(self.state.ks)).vectors
        state = self.state.up_to(basis.shape[1])
        if state is None:
            return None
        basis = basis[:, : max(state.ks)]
        vectors = [basis if i == own else v for i, v in enumerate(state.vectors)]
        xs = [x if i == own else own_x for i, own_x in enumerate(state.xs)]
        return Compared(xs, vectors, state.ks, state.changed(own, x, basis))


@dataclass(frozen=True, eq=False)
class PanelMeasures(Generic[Seen]):
    """What is kept of one panel once its features are given up.

    ``whole`` is of all samples; ``left_out`` by domain and block of photographs that it lacks, None
    where the rows that are left hold too few directions.
    """

    name: PanelName
    whole: Seen
    left_out: tuple[tuple[Seen | None, ...], ...]

    @classmethod
    def of(
        cls, one: ClaimPanel, blocks: Blocks, look: Callable[[Compared], Seen]
    ) -> PanelMeasures[Seen]:
        """Look at the matrices of the whole sample, and of each replicate, one after another."""

        def seen(own: int, rows: Int[np.ndarray, " k"]) -> Seen | None:
            state = one.without(own, rows)
            return None if state is None else look(state)

        whole = look(one.state)
        left = tuple(tuple(seen(own, rows) for rows in kept) for own, kept in enumerate(blocks))
        return cls(one.name, whole, left)


def blocks_of(run: Run, domains: Sequence[str]) -> Blocks:
    """Return the blocks to leave out; none where a domain has fewer than ten photographs."""
    groups = [groups_of(run, d) for d in domains]
    if min(len(np.unique(g)) for g in groups) < MIN_GROUPS:
        return ()
    return [rows_left_out(g, BLOCKS) for g in groups]


def panel(
    name: PanelName, of_rows: Sequence[Standardise], counts: Sequence[int], ks: tuple[int, ...]
) -> ClaimPanel | None:
    """Compare all domains; None where a space has too few directions for every K."""
    try:
        xs = [one(np.arange(n)) for one, n in zip(of_rows, counts, strict=True)]
        fewest = min(existing_directions(x, max(ks)).vectors.shape[1] for x in xs)
    except (SpectrumError, WhiteningError):
        return None
    possible = tuple(k for k in ks if k <= fewest)
    return ClaimPanel(name, tuple(of_rows), Compared.of(xs, possible)) if possible else None


def possible(counts: Sequence[int], wanted: Collection[int]) -> tuple[int, tuple[int, ...]]:
    """Return the largest K that all domains allow, and which of the wanted ones are possible."""
    most = int(min(counts) * (1 - 1 / BLOCKS)) - 2
    ks = tuple(k for k in sorted(wanted) if k <= most)
    if not ks:
        raise AnalysisError(f"The smallest domain has {min(counts)} samples: too few for any K.")
    return most, ks


def samples_needed(k: int) -> int:
    """Return how many samples each domain must have for K directions."""
    return int(np.ceil((k + 2) / (1 - 1 / BLOCKS)))


def encoder_spaces(
    raw: Sequence[Sequence[np.ndarray]],
    whitening: str,
    groups: Sequence[np.ndarray | Sequence[np.ndarray]],
    *,
    least: float = LEAST_DEVIATION,
) -> list[Standardise]:
    """Say for every domain how any of its rows are standardised and put side by side.

    ``groups`` are each domain's photographs, encoder by encoder where their rows are in orders of
    their own.
    """
    return [
        partial(_rows_of, blocks, whitening, of_each(own, len(blocks)), least)
        for blocks, own in zip(raw, groups, strict=True)
    ]


def _rows_of(
    blocks: Sequence[np.ndarray],
    whitening: str,
    groups: Sequence[np.ndarray],
    least: float,
    rows: Int[np.ndarray, " k"],
) -> Float[np.ndarray, "k D"]:
    if len(rows) < len(blocks[0]):
        groups, blocks = [g[rows] for g in groups], [x[rows] for x in blocks]
    return side_by_side(blocks, whitening, groups, least=least)


def shuffled_apart(
    run: Run, encoders: Sequence[str], domains: Sequence[str], seed: int
) -> tuple[list[list[np.ndarray]], list[list[np.ndarray]]]:
    """Return every encoder's features with rows in an order of its own, whole photographs moved.

    The photographs of those rows come second, domain by domain and encoder by encoder.
    """
    rows, groups = [], []
    for i, domain in enumerate(domains):
        own = groups_of(run, domain)
        orders = row_orders(own, len(encoders), 1000 * seed + i)
        orders_of = zip(encoders, orders, strict=True)
        rows.append([features_of(run, [encoder], domain)[0][order] for encoder, order in orders_of])
        groups.append([own[order] for order in orders])
    return rows, groups


class Setting(Protocol):
    """One setting of the switches: its label, and the place that it looks at alone."""

    @property
    def label(self) -> str:
        """Return the switches in words."""

    @property
    def place(self) -> str:
        """Return the domains in words, "" for all."""


def replicates(
    run: Run,
    domains: Sequence[str],
    panels: Sequence[PanelMeasures[Seen]],
    table: Callable[[dict[PanelName, Seen | None]], Float[np.ndarray, "s q"]],
    *,
    quantities: tuple[str, ...],
    whitening: str,
    missing: dict[str, str],
    have: dict[str, int],
    scopes: Sequence[Setting] = (),
    draws: Sequence[Float[np.ndarray, "s q"]] = (),
    also_counted: str = "",
) -> Replicates:
    """Tabulate the panels, whole and without each block of each domain's photographs.

    Panels of which nothing was left out take no part in replicates.
    """
    groups, nouns = [groups_of(run, d) for d in domains], run.nouns(domains)
    photographs = np.array([len(np.unique(g)) for g in groups])
    replicated = [p for p in panels if p.left_out]
    parts = tuple(
        np.array(
            [
                table({p.name: p.left_out[own][block] for p in replicated})
                for block in range(len(kept))
            ]
        )
        for own, kept in enumerate(blocks_of(run, domains))
    )
    return Replicates(
        settings=tuple(s.label for s in scopes)
        or tuple(f"K = {k}, {e}, {whitening}" for k in DIMENSIONS for e in ESTIMATES),
        places=tuple(s.place for s in scopes),
        place="pairs of domains",
        quantities=quantities,
        whole=table({p.name: p.whole for p in panels}),
        left_out=parts,
        draws=np.array(draws) if len(draws) else no_draws(),
        unit=nouns.groups,
        group=nouns.group,
        units=int(photographs.min()),
        have={
            "samples": min(len(g) for g in groups),
            "domains": int((photographs >= MIN_GROUPS).sum()),
            **have,
            "draws": len(draws),
        },
        counted="; ".join([*(counted(run, d) for d in domains), *filter(None, [also_counted])]),
        reason="" if parts else f"Some of these domains have fewer than ten {nouns.groups}.",
        missing=missing,
    )
