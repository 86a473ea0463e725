"""Layers of two networks as they are read side by side, whose truth is planted."""

import numpy as np

from substrate.analyses.weights.aligned import SHOWN, SHUFFLES
from substrate.analyses.weights.crossed import PATCHES, PICTURED, SIDE, CrossedLayer, Patches
from substrate.numerics.weights.alignment import crossing, input_sums, joint_sum, turned_inputs
from substrate.numerics.weights.spectrum import channel_eigenvalues, leading_vectors

#: Neurons, inputs, and learned variance of the first inputs.
N, D = 240, 80
SPIKES = np.array([12.0, 8.0, 5.0, 3.0])


def crossed_layer(name, rng, *, turned=None, scales=SPIKES, own=None, samples=300, copied=False):
    """Return a layer whose second network has the first one's inputs turned.

    ``scales`` are learned variances of the first inputs, ``own`` axes that the second network's
    weights follow instead of the first one's, seen through its turned inputs. The alignment is
    fitted to so many ``samples``. Of a ``copied`` network the second one's weights are the first
    one's, read through its inputs.
    """
    turned = np.linalg.qr(rng.normal(size=(D, D)))[0] if turned is None else turned
    weights = []
    for side in range(2):
        w = rng.normal(size=(N, D))
        w[:, : len(scales)] *= np.sqrt(1 + scales)
        weights.append(w if not side else (w if own is None else w @ own) @ turned)
    if copied:
        weights[1] = weights[0] @ np.linalg.inv(turned).T
    x = rng.normal(size=(600, D)) * np.geomspace(2, 0.5, D)
    y = x @ turned
    fitted, halved = (
        turned_inputs(joint_sum(x[:count], y[:count])) for count in (samples, samples // 2)
    )
    nulls = [
        turned_inputs(joint_sum(x[rng.permutation(samples)], y[:samples])) for _ in range(SHUFFLES)
    ]
    values = tuple(channel_eigenvalues(w) for w in weights)
    vectors = [leading_vectors(w, SHOWN) for w in weights]
    return CrossedLayer(
        names=(name, name),
        widths=tuple(w.shape for w in weights),
        values=values,
        crossing=crossing(*vectors, fitted, input_sums(x[300:], y[300:]), nulls, halved, weights),
    )


def layers():
    """Return a layer of shared axes, one of others, one of noise alone, one of no single noise."""
    rng = np.random.default_rng(3)
    return [
        crossed_layer("same", rng),
        crossed_layer("other", rng, own=np.linalg.qr(rng.normal(size=(D, D)))[0]),
        crossed_layer("white", rng, scales=np.empty(0)),
        crossed_layer("decayed", rng, scales=np.geomspace(0.01, 40, D)),
    ]


def patches():
    """Return patches of one shade each, which tells layer, network, eigenvector, end and place."""
    return [tuple(_patches(layer, side) for side in range(2)) for layer in range(4)]


def shade(layer, side, eigenvector, end, place):
    """Return the shade of a planted patch: JPEG keeps it to a few steps."""
    return 20 + 50 * layer + 25 * side + 20 * end + 3 * place + eigenvector // 4


def _patches(layer, side):
    pictures = np.zeros((PICTURED, 2, PATCHES, SIDE, SIDE, 3), dtype=np.uint8)
    for at in np.ndindex(PICTURED, 2, PATCHES):
        pictures[at] = shade(layer, side, *at)
    return Patches(pictures, np.tile(np.arange(PATCHES), (PICTURED, 2, 1)))
