"""A small top-k sparse autoencoder on features that do not change."""

from __future__ import annotations

import numpy as np
import torch
from jaxtyping import Float

from substrate.numerics.units.concepts import Concepts


def sparse_code(
    x: Float[np.ndarray, "n d"],
    concepts: int,
    active: int,
    *,
    steps: int,
    rate: float,
    seed: int,
) -> Concepts:
    """Fit concepts of which so many may speak of an image (Gao et al. 2024, arXiv:2406.04093).

    Features are centred and brought to mean variance one; every step sees all of them. Concepts
    start as features of images drawn at random, and their directions are kept at length one.
    """
    mean = x.mean(axis=0)
    scale = float(np.sqrt(x.var(axis=0).mean())) or 1.0
    rng = np.random.default_rng(seed)
    data = torch.from_numpy(((x - mean) / scale).astype(np.float32))
    drawn = data[rng.choice(len(data), concepts, replace=len(data) < concepts)]
    noise = torch.from_numpy(rng.standard_normal(drawn.shape).astype(np.float32))
    directions = torch.nn.functional.normalize(drawn + 0.3 * noise, dim=1)
    decoder = directions.clone().requires_grad_()
    encoder = directions.clone().requires_grad_()
    bias = torch.zeros(concepts, requires_grad=True)
    optimiser = torch.optim.Adam([encoder, decoder, bias], lr=rate)
    for _ in range(steps):
        scores = torch.relu(data @ encoder.T + bias)
        top = scores.topk(active, dim=1)
        codes = torch.zeros_like(scores).scatter(1, top.indices, top.values)
        loss = ((codes @ decoder - data) ** 2).sum(dim=1).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        with torch.no_grad():
            decoder /= decoder.norm(dim=1, keepdim=True).clamp_min(1e-8)
    return Concepts(
        mean.astype(np.float64),
        scale,
        encoder.detach().numpy().astype(np.float64),
        bias.detach().numpy().astype(np.float64),
        decoder.detach().numpy().astype(np.float64),
        active,
    )
