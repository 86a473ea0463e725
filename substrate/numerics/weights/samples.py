r"""Samples of a layer: what n neurons show of a planted covariance, large layers in their band.

The neurons' own axes and those of the inputs outside the planted ones may be turned freely: nothing
about Gaussian weights says which they are. So the n x d weights of a large layer can be turned,
without being drawn, into a matrix that is zero outside a band: :math:`W_{ii}` is a
:math:`\chi_{n-i}`, :math:`W_{i,i+r}` a :math:`\chi_{d-r-i}`, what lies between them normal, and the
first r columns have the planted lengths. This is the band form of the spiked Wishart matrix of
Bloemendal & Virag, Ann. Probab. 44, 2016. Its leading eigenvectors cost seconds where d is 4,096,
and the inputs outside the planted axes are turned at random in the end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
import scipy.sparse
import scipy.sparse.linalg
from jaxtyping import Float

from substrate.numerics.weights.noise import edge, noise_of
from substrate.numerics.weights.spectrum import channel_eigenvalues, shrunk

#: Weights of a layer that are drawn one by one; larger layers are drawn in their band.
MOST_DRAWN = 2**19
#: Eigenvectors beyond the planted ones that are looked for first, and the share of the smaller side
#: of which they are found by iteration.
FURTHER, FEW = 4, 1 / 8
#: The smaller side of the largest layers of noise that are drawn.
NOISE_SIDE = 512


def noise_above(neurons: int, inputs: int, rng: np.random.Generator) -> int:
    """Return how many eigenvalues of one draw of noise alone lie above its edge.

    Layers of more than `NOISE_SIDE` on the smaller side are drawn at that size, with as many inputs
    per neuron: the share of draws with one above the edge hardly falls with size.
    """
    scale = max(1.0, min(neurons, inputs) / NOISE_SIDE)
    n, d = round(neurons / scale), round(inputs / scale)
    return noise_of(channel_eigenvalues(rng.standard_normal((n, d))), n, d).above


@dataclass(frozen=True, eq=False)
class Sample:
    """Learned eigenvalues and their axes as one draw of neurons shows them."""

    learned: Float[np.ndarray, " r"]
    vectors: Float[np.ndarray, "d r"]

    @property
    def factor(self) -> Float[np.ndarray, "d r"]:
        """Return F with F F' the covariance."""
        return self.vectors * np.sqrt(self.learned)


def resample(
    learned: Float[np.ndarray, " r"], neurons: int, inputs: int, rng: np.random.Generator
) -> Sample:
    """Draw neurons whose inputs have the learned covariance (diagonal) and noise, and shrink."""
    if neurons * inputs > MOST_DRAWN:
        return banded_sample(learned, neurons, inputs, rng)
    w = rng.standard_normal((neurons, inputs))
    w[:, : len(learned)] *= np.sqrt(1 + learned)
    tall = inputs <= neurons  # the smaller side: what lies above the edge loses no digits there
    values, axes = scipy.linalg.eigh(w.T @ w if tall else w @ w.T)
    spectrum = shrunk(values[::-1] / neurons, inputs / neurons)
    kept = spectrum > 0
    vectors = axes[:, ::-1][:, kept]
    if not tall:
        vectors = w.T @ (vectors / np.sqrt(values[::-1][kept]))
    return Sample(spectrum[kept], vectors)


def banded_sample(
    learned: Float[np.ndarray, " r"], neurons: int, inputs: int, rng: np.random.Generator
) -> Sample:
    """Draw what `resample` draws, from the band: alike in distribution, not draw by draw."""
    band = _band(learned, neurons, inputs, rng)
    values, axes = _above(band, len(learned), neurons * edge(inputs / neurons), rng)
    spectrum = shrunk(values / neurons, inputs / neurons)
    kept = spectrum > 0
    axes = axes[:, kept]
    planted, rest = axes[: len(learned)], axes[len(learned) :]
    _, lengths = scipy.linalg.qr(rest, mode="economic")
    frame, _ = scipy.linalg.qr(
        rng.standard_normal((inputs - len(learned), len(lengths))), mode="economic"
    )
    frame = frame * np.where(rng.random(frame.shape[1]) < 0.5, -1.0, 1.0)
    return Sample(spectrum[kept], np.vstack([planted, frame @ lengths]))


def _band(
    learned: Float[np.ndarray, " r"], neurons: int, inputs: int, rng: np.random.Generator
) -> scipy.sparse.csr_array:
    """Return the weights turned into their band, its columns of zeros left out."""
    r, rows = len(learned), min(neurons, inputs)
    columns = min(neurons + r, inputs)
    diagonals = []
    for place in range(r + 1):
        length = min(rows, columns - place)
        steps = np.arange(length)
        if place == 0:
            one = np.sqrt(rng.chisquare(neurons - steps))
        elif place == r:
            one = np.sqrt(rng.chisquare(inputs - r - steps))
        else:
            one = rng.standard_normal(length)
        diagonals.append(one)
    band = scipy.sparse.diags_array(
        diagonals, offsets=list(range(r + 1)), shape=(rows, columns), format="csr"
    )
    scales = np.ones(columns)
    scales[:r] = np.sqrt(1 + learned)
    return scipy.sparse.csr_array(band * scales)


def _above(
    band: scipy.sparse.csr_array, planted: int, limit: float, rng: np.random.Generator
) -> tuple[Float[np.ndarray, " k"], Float[np.ndarray, "c k"]]:
    """Return the eigenvalues above a limit, falling, with their eigenvectors."""
    product = band.T @ band
    size, count = product.shape[0], planted + FURTHER
    start = rng.standard_normal(size)
    while count <= FEW * min(band.shape):
        values, axes = scipy.sparse.linalg.eigsh(product, count, v0=start)
        if values.min() <= limit:
            order = np.argsort(values)[::-1]
            return values[order], axes[:, order]
        count *= 2
    values, axes = scipy.linalg.eigh(product.toarray(), subset_by_value=(limit, np.inf))
    return values[::-1], axes[:, ::-1]
