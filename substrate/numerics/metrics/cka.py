"""Linear centred kernel alignment: the biased estimate and the debiased one."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from jaxtyping import Float, Int, Real

from substrate.numerics.metrics.spec import (
    SIMILARITY,
    Metric,
    UndefinedScoreError,
)
from substrate.numerics.metrics.support.features import (
    centred,
    double_centred,
    is_permutation,
    permuted_copies,
    permuted_products,
    recentred,
)
from substrate.numerics.parallel import parallel_map

Precision = Literal["double", "single"]
Matrix = Float[np.ndarray, "_ _"]
STRIP = 256  # rows of a Gram matrix that are held at a time
CHUNK = 10_000_000  # numbers in one batch of permuted copies


@dataclass(frozen=True, eq=False)
class CkaState:
    """Centred features of norm one, or their Gram matrix where that is smaller.

    `norms` are the squared row norms; they are all that debiasing needs besides the products,
    since the rows of a centred Gram matrix sum to zero.
    """

    norms: Float[np.ndarray, " n"]
    features: Float[np.ndarray, "n p"] | None
    gram: Float[np.ndarray, "n n"] | None

    @property
    def n(self) -> int:
        """Number of samples."""
        return self.norms.size

    @cached_property
    def energy(self) -> float:
        """Squared Frobenius norm of the Gram matrix."""
        return product(self, self)

    @cached_property
    def debiased_energy(self) -> float:
        """HSIC of the representation with itself, without bias, times n (n - 3)."""
        return debias(self.energy, self.norms, self.norms)


def prepare(x: Real[np.ndarray, "n p"], *, precision: Precision = "double") -> CkaState:
    """Centre and scale in float64; `single` then stores float32 for twice the speed."""
    return _state(centred(x), np.dtype(np.float32 if precision == "single" else np.float64))


def _state(x: Float[np.ndarray, "n p"], dtype: np.dtype[Any]) -> CkaState:
    norms = np.einsum("ij,ij->i", x, x)
    total = norms.sum()
    x = np.multiply(x, 1 / np.sqrt(total), dtype=dtype, casting="same_kind")
    wide = x.shape[1] > x.shape[0]
    return CkaState(norms / total, None if wide else x, x @ x.T if wide else None)


def take_rows(state: CkaState, rows: Int[np.ndarray, " k"]) -> CkaState:
    """Keep these rows, centred anew unless they are all there."""
    if is_permutation(rows, state.n):
        features = None if state.features is None else state.features[rows]
        gram = None if state.gram is None else state.gram[np.ix_(rows, rows)]
        part = CkaState(state.norms[rows], features, gram)
        part.__dict__.update({k: v for k, v in state.__dict__.items() if k.endswith("energy")})
        return part
    if state.features is not None:
        return _state(recentred(state.features[rows].astype(np.float64)), state.features.dtype)
    assert state.gram is not None
    gram = double_centred(state.gram[np.ix_(rows, rows)].astype(np.float64))
    norms = np.diagonal(gram).copy()
    if not norms.sum() > 0:
        raise UndefinedScoreError("The rows taken are all alike: without variance, no CKA.")
    return CkaState(
        norms / norms.sum(), None, (gram / norms.sum()).astype(state.gram.dtype, copy=False)
    )


def product(a: CkaState, b: CkaState) -> float:
    """Sum of squares of the cross-product of the features: the inner product of the Grams."""
    if a.gram is not None and b.gram is not None:
        return float(np.vdot(a.gram, b.gram))
    if a.features is not None and b.features is not None:
        return _squared_norm(a.features.T @ b.features)
    gram, features = (a.gram, b.features) if a.features is None else (b.gram, a.features)
    assert gram is not None and features is not None
    return float(np.vdot(gram @ features, features))


def _squared_norm(x: Matrix) -> float:
    return float(np.einsum("ij,ij->i", x, x).sum(dtype=np.float64))


def debias(
    products: Any, norms_a: Float[np.ndarray, " n"], norms_b: Float[np.ndarray, "*more n"]
) -> Any:
    """HSIC without bias (Song et al. 2012) times n (n - 3), for centred Gram matrices.

    With the diagonal set to zero, each row of a centred Gram matrix sums to minus its diagonal.
    """
    n = norms_a.size
    overlap = norms_b @ norms_a
    totals = norms_a.sum() * norms_b.sum(axis=-1)
    return products - overlap * n / (n - 2) + totals / ((n - 1) * (n - 2))


def compare_biased(a: CkaState, b: CkaState) -> float:
    """Linear CKA of two prepared representations."""
    return product(a, b) / float(np.sqrt(a.energy * b.energy))


def compare_debiased(a: CkaState, b: CkaState) -> float:
    """Debiased CKA of two prepared representations."""
    return float(debias(product(a, b), a.norms, b.norms) / _scale([a], [b])[0, 0])


def _scale(states_a: Sequence[CkaState], states_b: Sequence[CkaState]) -> Matrix:
    own_a = np.array([a.debiased_energy for a in states_a])
    own_b = own_a if states_a is states_b else np.array([b.debiased_energy for b in states_b])
    for own in (own_a, own_b):
        if not (own > 0).all():
            raise UndefinedScoreError(
                f"The debiased HSIC of representation {int(np.argmin(own))} with itself is "
                f"{own.min():.3g}: it has too few samples to be told from noise. Add samples, "
                "or use linear_cka beside its null."
            )
    return np.sqrt(np.outer(own_a, own_b))


def all_biased(states_a: Sequence[CkaState], states_b: Sequence[CkaState]) -> Matrix:
    """Linear CKA of all pairs."""
    products = all_products(states_a, states_b)
    own_a = np.array([a.energy for a in states_a])
    return products / np.sqrt(np.outer(own_a, [b.energy for b in states_b]))


def all_debiased(states_a: Sequence[CkaState], states_b: Sequence[CkaState]) -> Matrix:
    """Debiased CKA of all pairs."""
    products = all_products(states_a, states_b)
    norms_b = np.array([b.norms for b in states_b])
    return np.array(
        [debias(row, a.norms, norms_b) for row, a in zip(products, states_a, strict=True)]
    ) / _scale(states_a, states_b)


def all_products(states_a: Sequence[CkaState], states_b: Sequence[CkaState]) -> Matrix:
    """`product` of all pairs, by whichever side of the matrices costs less.

    The products of each representation with itself are kept on its state on the way.
    """
    states = [*states_a] if states_a is states_b else [*states_a, *states_b]
    n = states[0].n
    if any(s.n != n for s in states):
        raise UndefinedScoreError(
            f"Representations hold {sorted({s.n for s in states})} samples: only equal samples "
            "can be compared."
        )
    widths = [0 if s.features is None else s.features.shape[1] for s in states]
    by_gram = n * n * (0.55 * sum(widths) + len(states) ** 2 / 2)
    symmetric = states_a is states_b
    a, b = (sum(widths[: len(states_a)]), sum(widths[-len(states_b) :]))
    by_features = n * (a * b * (0.5 if symmetric else 1.0) + 0.5 * sum(w * w for w in widths))
    if by_gram < by_features or not all(widths):
        everything = _gram_products(states)
        for i, state in enumerate(states):
            state.__dict__["energy"] = float(everything[i, i])
        return everything[: len(states_a), -len(states_b) :]
    return _feature_products(states_a, states_b)


def _feature_products(states_a: Sequence[CkaState], states_b: Sequence[CkaState]) -> Matrix:
    """Products of all pairs, and of each representation with itself, on all cores."""
    same = states_a is states_b
    fresh = {id(s): s for s in (*states_a, *states_b) if "energy" not in s.__dict__}
    parallel_map(lambda state: state.energy, fresh.values())
    ij = [(i, j) for i in range(len(states_a)) for j in range(i if same else 0, len(states_b))]

    def one(pair: tuple[int, int]) -> float:
        a, b = states_a[pair[0]], states_b[pair[1]]
        return a.energy if a is b else product(a, b)

    out = np.empty((len(states_a), len(states_b)))
    for (i, j), value in zip(ij, parallel_map(one, ij), strict=True):
        out[i, j] = value
        if same:
            out[j, i] = value
    return out


def _gram_products(states: Sequence[CkaState]) -> Matrix:
    """Inner products of all Gram matrices, in strips of rows on and right of the diagonal."""
    n = states[0].n

    def strip(start: int) -> Matrix:
        middle = min(start + STRIP, n)
        rows, out = slice(start, middle), np.zeros((len(states), len(states)))
        for columns, weight in ((slice(start, middle), 1), (slice(middle, n), 2)):
            parts = np.stack([_gram_part(s, rows, columns) for s in states])
            flat = parts.reshape(len(states), -1)
            out += weight * (flat @ flat.T)
        return out

    return np.sum(parallel_map(strip, range(0, n, STRIP)), axis=0)


def _gram_part(state: CkaState, rows: slice, columns: slice) -> Matrix:
    if state.gram is not None:
        return state.gram[rows, columns]
    assert state.features is not None
    return state.features[rows] @ state.features[columns].T


def _gram(state: CkaState) -> Matrix:
    return _gram_part(state, slice(None), slice(None))


def permuted_products_of(
    a: CkaState, b: CkaState, permutations: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, " c"]:
    """`product` against each row permutation of the second, by whichever side costs less.

    Looking up n² entries of a Gram matrix takes about as long as 40 n² multiplications.
    """
    if a.features is None or b.features is None:
        return permuted_products(_gram(a), _gram(b), permutations)
    first, second, q = a.features, b.features, b.features.shape[1]
    if 20 * a.n < first.shape[1] * q:
        return permuted_products(_gram(a), _gram(b), permutations)

    def part(rows: Int[np.ndarray, "c n"]) -> Float[np.ndarray, " c"]:
        cross = first.T @ permuted_copies(second, rows)
        squares = np.ones(len(cross), cross.dtype) @ np.square(cross, out=cross)
        return np.asarray(squares.reshape(-1, q).sum(axis=1, dtype=np.float64))

    step = max(1, CHUNK // (a.n * q))
    starts = range(0, len(permutations), step)
    return np.concatenate(parallel_map(part, [permutations[i : i + step] for i in starts]))


def permuted_biased(
    a: CkaState, b: CkaState, permutations: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, " c"]:
    """Linear CKA against each row permutation of the second."""
    return permuted_products_of(a, b, permutations) / np.sqrt(a.energy * b.energy)


def permuted_debiased(
    a: CkaState, b: CkaState, permutations: Int[np.ndarray, "c n"]
) -> Float[np.ndarray, " c"]:
    """Debiased CKA against each row permutation of the second."""
    products = permuted_products_of(a, b, permutations)
    values = debias(products, a.norms, b.norms[permutations]) / _scale([a], [b])[0, 0]
    return np.asarray(values)


def from_moments(
    xx: Float[np.ndarray, "p p"], xy: Float[np.ndarray, "p q"], yy: Float[np.ndarray, "q q"]
) -> float:
    """Linear CKA from the covariances and the cross-covariance."""
    return float(np.vdot(xy, xy) / (np.linalg.norm(xx) * np.linalg.norm(yy)))


def linear_cka(x: Float[np.ndarray, "n p"], y: Float[np.ndarray, "n q"]) -> float:
    r"""Linear CKA, in [0, 1]; 1 means equal up to rotation, offset and scale.

    .. math:: \|Y^\top X\|_F^2 / (\|X^\top X\|_F \, \|Y^\top Y\|_F)

    Kornblith et al., ICML 2019. Biased upwards unless n is much larger than the widths.
    """
    return float(LINEAR_CKA.score(x, y))


def debiased_cka(x: Float[np.ndarray, "n p"], y: Float[np.ndarray, "n q"]) -> float:
    r"""CKA from the unbiased HSIC; 1 for identical input, about 0 (either sign) for unrelated.

    .. math:: \mathrm{HSIC}_1(K, L) / \sqrt{\mathrm{HSIC}_1(K, K)\, \mathrm{HSIC}_1(L, L)}

    Song et al., JMLR 2012; Nguyen et al., ICLR 2021. Meant for independent samples: samples
    that share a photograph raise it.
    """
    return float(DEBIASED_CKA.score(x, y))


LINEAR_CKA = Metric(
    key="linear_cka",
    label="CKA, linear (biased)",
    definition=r"||Y'X||² / (||X'X|| ||Y'Y||), columns centred, Frobenius norms",
    reference="Kornblith et al., ICML 2019",
    bounds=(0.0, 1.0),
    identical=1.0,
    closer="higher",
    invariances=SIMILARITY,
    undersampled="Rises towards 1 as the widths grow past n, even for unrelated features.",
    misleads="Ruled by the few directions of largest variance; high for small n. See debiased_cka.",
    parameters={"precision": "double"},
    prepare=prepare,
    compare=compare_biased,
    take_rows=take_rows,
    all_pairs=all_biased,
    permuted=permuted_biased,
    from_moments=from_moments,
)

DEBIASED_CKA = Metric(
    key="debiased_cka",
    label="CKA, linear (debiased)",
    definition="HSIC₁(K, L) / sqrt(HSIC₁(K, K) HSIC₁(L, L)), unbiased HSIC with zero diagonals",
    reference="Song et al., JMLR 2012; Nguyen et al., ICLR 2021",
    bounds=(-1.0, 1.0),
    range_note="about 0, of either sign, for unrelated features",
    identical=1.0,
    closer="higher",
    invariances=SIMILARITY,
    undersampled="Centred on 0 for unrelated features at any width; noisy for small n.",
    misleads="Dependent samples (tiles of one photograph) raise it; large variance still rules.",
    parameters={"precision": "double"},
    prepare=prepare,
    compare=compare_debiased,
    take_rows=take_rows,
    all_pairs=all_debiased,
    permuted=permuted_debiased,
    needs_samples="debiasing needs the norm of every sample, which moments do not keep",
)
