"""The subspace that several encoders share: its basis, Procrustes-CKA, and leave-encoder-out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.numerics.joined import Joined, joined
from substrate.numerics.metrics.cka import (
    debias,
    debiased_cka,
    linear_cka,
)
from substrate.numerics.spectra import (
    Directions,
    column_correlations,
    directions_of_centred,
    existing_eigenvectors,
)

#: Largest dimension of a shared subspace.
MAX_COMPONENTS = 64

Blocks = Sequence[Float[np.ndarray, "_ _"]]


class PanelError(ValueError):
    """Features that cannot be brought together as asked; the message says why and what to do."""


def substrate_basis(blocks: Blocks, k: int) -> Directions:
    """Return the k leading principal directions of standardised encoders side by side."""
    return directions_of_centred(joined(blocks), k)


def split_rows(
    basis: Float[np.ndarray, "D k"], widths: Sequence[int]
) -> list[Float[np.ndarray, "d k"]]:
    """Cut a panel's basis into the rows that belong to each encoder."""
    return np.split(basis, np.cumsum(widths)[:-1])


def loading_shares(
    basis: Float[np.ndarray, "D k"], widths: Sequence[int]
) -> Float[np.ndarray, "e k"]:
    """Return who owns each direction: each encoder's share of its squared loadings."""
    return np.array([np.square(rows).sum(axis=0) for rows in split_rows(basis, widths)])


def procrustes_cka(
    x_a: Float[np.ndarray, "n D"],
    b_a: Float[np.ndarray, "D k"],
    x_b: Float[np.ndarray, "m D"],
    b_b: Float[np.ndarray, "D k"],
    *,
    debiased: bool = False,
) -> float:
    r"""How alike two domains' bases see each domain's samples; 1 where the bases span the same.

    .. math:: \tfrac12 [CKA(X_A B_A, X_A B_B) + CKA(X_B B_A, X_B B_B)]

    Radwan 2026, arXiv:2606.07882. It compares domains, not encoders: untrained networks and raw
    pixels reach high values. No Procrustes rotation is made; CKA is invariant to one.
    The definition, one pair at a time: what `procrustes_cka_all` is checked against.
    """
    cka = debiased_cka if debiased else linear_cka
    return 0.5 * (cka(x_a @ b_a, x_a @ b_b) + cka(x_b @ b_a, x_b @ b_b))


@dataclass(frozen=True, eq=False)
class ProcrustesCka:
    """Procrustes-CKA between all pairs of domains, for several dimensions K at once."""

    ks: tuple[int, ...]
    biased: Float[np.ndarray, "c a a"]
    debiased: Float[np.ndarray, "c a a"]


def procrustes_cka_all(
    xs: Sequence[Float[np.ndarray, "_ D"] | Joined],
    bases: Sequence[Float[np.ndarray, "D k"]],
    ks: Sequence[int],
) -> ProcrustesCka:
    """Compute `procrustes_cka` of every pair and every K from one product per domain.

    The bases are nested, so the scores of the largest K hold those of all others.
    """
    side = np.hstack(bases)
    halves = np.array([_one_sided(x @ side, own, len(bases), ks) for own, x in enumerate(xs)])
    both = 0.5 * (halves + halves.transpose(1, 0, 2, 3))
    biased, debiased_values = both.transpose(2, 3, 0, 1)
    return ProcrustesCka(tuple(ks), biased, debiased_values)


def cka_by_dimension(
    first: Float[np.ndarray, "n k"], second: Float[np.ndarray, "n k"], ks: Sequence[int]
) -> Float[np.ndarray, "2 c"]:
    """Biased and debiased CKA of the leading K columns of two centred score matrices."""
    return _one_sided(np.hstack([first, second]), 0, 2, ks)[1]


def _one_sided(
    scores: Float[np.ndarray, "n _"], own: int, count: int, ks: Sequence[int]
) -> Float[np.ndarray, "count 2 c"]:
    """CKA of a domain's samples on its own basis with those on each of the bases."""
    k = scores.shape[1] // count
    by_encoder = scores.reshape(len(scores), count, k)
    mine = by_encoder[:, own]
    energies = [_leading(s.T @ s) for s in by_encoder.swapaxes(0, 1)]
    norms = np.cumsum(np.square(by_encoder), axis=2)
    out = np.empty((count, 2, len(ks)))
    for other in range(count):
        products = _leading(mine.T @ by_encoder[:, other])
        for c, dimension in enumerate(ks):
            at = dimension - 1
            raw = (products[at], energies[own][at], energies[other][at])
            out[other, :, c] = _cka_pair(raw, norms[:, own, at], norms[:, other, at])
    return out


def _leading(cross: Float[np.ndarray, "k k"]) -> Float[np.ndarray, " k"]:
    """Sum of squares of the leading 1 x 1, 2 x 2, ... blocks."""
    return np.diagonal(np.square(cross).cumsum(axis=0).cumsum(axis=1))


def _cka_pair(
    raw: tuple[float, float, float],
    norms_a: Float[np.ndarray, " n"],
    norms_b: Float[np.ndarray, " n"],
) -> tuple[float, float]:
    """Biased and debiased CKA from the products of scores and their squared row norms."""
    cross, own_a, own_b = raw
    scales = debias(own_a, norms_a, norms_a), debias(own_b, norms_b, norms_b)
    free = np.nan  # too few samples for the dimension: debiased scores have no scale
    if min(scales) > 0:
        free = debias(cross, norms_a, norms_b) / np.sqrt(scales[0] * scales[1])
    return cross / np.sqrt(own_a * own_b), free


def grassmann_similarity(b_a: Float[np.ndarray, "D k"], b_b: Float[np.ndarray, "D k"]) -> float:
    """Mean squared cosine of the principal angles of two orthonormal bases, in [0, 1]."""
    return float(np.square(b_a.T @ b_b).sum() / b_a.shape[1])


def random_basis_expectation(k: int, participation_ratio: float) -> float:
    """Return the CKA expected of samples on two random bases of dimension k: k / (k + PR)."""
    return k / (k + participation_ratio)


@dataclass(frozen=True, eq=False)
class LeaveEncoderOut:
    """What each encoder's part of the panel's directions has in common with the other encoders'.

    ``parts`` are each encoder's contributions P_i = Z_i B_i to the panel's scores on test rows.
    Encoders of one of the ``recipes`` are copies of each other, and never "others".
    """

    basis: Directions
    shares: Float[np.ndarray, "e k"]
    parts: Float[np.ndarray, "e n k"]
    recipes: tuple[str, ...] | None = None

    @property
    def correlations(self) -> Float[np.ndarray, "e k"]:
        """Correlation of each encoder's part with the sum of the others', by direction."""
        return part_correlations(self.parts, self.recipes)

    @property
    def scores(self) -> Float[np.ndarray, "n k"]:
        """The panel's scores on the test rows: the sum of all parts."""
        return self.parts.sum(axis=0)


def leave_encoder_out(fit: Blocks, test: Blocks, k: int) -> LeaveEncoderOut:
    """Fit the panel's basis on standardised fit rows; score test rows encoder by encoder.

    Test rows have to be standardised with the statistics of the fit rows.
    """
    return panel_parts(substrate_basis(fit, k), test)


def panel_parts(
    basis: Directions, test: Blocks, recipes: Sequence[str] | None = None
) -> LeaveEncoderOut:
    """Score test rows encoder by encoder on a basis that was fitted before."""
    if len(test) < 2:
        raise PanelError("Leaving an encoder out needs two encoders at least; one was given.")
    widths = [x.shape[1] for x in test]
    rows = split_rows(basis.vectors, widths)
    parts = np.array([z @ b for z, b in zip(test, rows, strict=True)])
    names = None if recipes is None else tuple(recipes)
    return LeaveEncoderOut(basis, loading_shares(basis.vectors, widths), parts, names)


def part_correlations(
    parts: Float[np.ndarray, "e n k"], recipes: Sequence[str] | None = None
) -> Float[np.ndarray, "e k"]:
    """Correlate each encoder's part with the sum of the other encoders' parts.

    With ``recipes``, the others are those of other recipes: a copy of an encoder says nothing of
    what different encoders share. In a panel of one recipe alone they are the copies.
    """
    parts = parts - parts.mean(axis=1, keepdims=True, dtype=np.float64)
    parts -= parts.mean(axis=1, keepdims=True)  # takes away the rounding of the first
    own = parts
    if recipes is not None and len(set(recipes)) > 1:
        codes = np.unique(np.asarray(recipes), return_inverse=True)[1]
        own = np.array([parts[codes == code].sum(axis=0) for code in range(codes.max() + 1)])[codes]
    others = parts.sum(axis=0) - own
    inner, first, second = (
        np.einsum("enk,enk->ek", a, b)
        for a, b in ((parts, others), (parts, parts), (others, others))
    )
    norms = np.sqrt(first * second)
    return np.divide(inner, norms, out=np.full(norms.shape, np.nan), where=norms > 0)


def split_half_ceiling(
    test: Blocks, basis: Float[np.ndarray, "D k"], *, halvings: int, seed: int
) -> Float[np.ndarray, "e k"]:
    r"""How high a leave-encoder-out correlation can come, given how well units express directions.

    .. math:: \sqrt{r_i \, r_{-i}}

    The reliabilities of an encoder's part and of the others' sum come from correlating random
    halves of the units, stepped up to all units by Spearman and Brown's 2 r / (1 + r). NaN where
    the halves do not agree at all, so that there is nothing to share. Encoders that are copies of
    each other, unit noise included, can exceed it.
    """
    rng = np.random.default_rng(seed)
    agreements = np.mean([_half_agreements(test, basis, rng) for _ in range(halvings)], axis=0)
    above = (agreements > 0).all(axis=0)
    stepped = 2 * agreements / (1 + agreements)
    return np.where(above, np.sqrt(np.where(above, stepped.prod(axis=0), 0.0)), np.nan)


def _half_agreements(
    test: Blocks, basis: Float[np.ndarray, "D k"], rng: np.random.Generator
) -> Float[np.ndarray, "2 e k"]:
    """Correlate halves of units: of each encoder, and of all the others together."""
    rows = split_rows(basis, [z.shape[1] for z in test])
    halves = []
    for z, b in zip(test, rows, strict=True):
        one, other = np.array_split(rng.permutation(z.shape[1]), 2)
        halves.append((z[:, one] @ b[one], z[:, other] @ b[other]))
    first, second = (np.array(side) for side in zip(*halves, strict=True))
    rest_first, rest_second = first.sum(axis=0) - first, second.sum(axis=0) - second
    return np.array(
        [
            [column_correlations(*pair) for pair in zip(*sides, strict=True)]
            for sides in ((first, second), (rest_first, rest_second))
        ]
    )


def desynchronised(
    x: Float[np.ndarray, "n D"] | Joined, widths: Sequence[int], orders: Int[np.ndarray, "e n"]
) -> Float[np.ndarray, "n D"] | Joined:
    """Give each encoder, side by side with the others, its own order of the rows."""
    if isinstance(x, Joined):
        return x.reordered(orders)
    out = np.empty_like(x)
    edges = np.cumsum([0, *widths])
    for start, stop, order in zip(edges, edges[1:], orders, strict=False):
        out[:, start:stop] = x[order, start:stop]
    return out


@dataclass(frozen=True, eq=False)
class LeaveEncoderOutNull:
    """Leave-encoder-out correlations of rows shuffled between encoders, prepared for many draws.

    Shuffling rows permutes each encoder's Gram matrix and its products of test with fit rows; no
    draw has to touch the features again.
    """

    grams: Float[np.ndarray, "e f f"]
    crosses: Float[np.ndarray, "e t f"]

    @classmethod
    def of(cls, fit: Blocks, test: Blocks) -> LeaveEncoderOutNull:
        """Prepare from standardised fit and test rows."""
        return cls(
            np.array([x @ x.T for x in fit]),
            np.array([z @ x.T for z, x in zip(test, fit, strict=True)]),
        )

    def correlations(
        self,
        fit_orders: Int[np.ndarray, "e f"],
        test_orders: Int[np.ndarray, "e t"],
        k: int,
        recipes: Sequence[str] | None = None,
    ) -> Float[np.ndarray, "e k"]:
        """Shuffle, find the directions, and correlate each part with the sum of the others'."""
        total = np.zeros(self.grams.shape[1:])
        for gram, order in zip(self.grams, fit_orders, strict=True):
            total += gram[order][:, order]
        left = existing_eigenvectors(total, k)[1]
        parts = np.empty((*test_orders.shape, left.shape[1]))
        for part, cross, into, order in zip(
            parts, self.crosses, fit_orders, test_orders, strict=True
        ):
            part[:] = (cross[:, into] @ left)[order]
        return part_correlations(parts, recipes)
