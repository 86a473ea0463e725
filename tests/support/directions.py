"""Parameters of directions, from the names of two layers and the domain that they share."""

from __future__ import annotations

from typing import Any

from substrate.analyses.directions.basis import ALL, BasisParams
from substrate.analyses.directions.kinds import PairParams, SubspacesParams


def between(
    first: str, first_layer: str, second: str, second_layer: str, domain: str, **basis: Any
) -> tuple[BasisParams, BasisParams]:
    """Return the directions of both sides."""
    return (
        BasisParams(first, first_layer, domain, **basis),
        BasisParams(second, second_layer, domain, **basis),
    )


def pair(*names: str, scaling: str = "none", **switches: Any) -> PairParams:
    """Return the comparison of two layers, cell by cell."""
    return PairParams(*between(*names, scaling=scaling), **switches)


def subspaces(*names: str, scaling: str = "none", **switches: Any) -> SubspacesParams:
    """Return the comparison of the subspaces of two layers."""
    return SubspacesParams(*between(*names, scaling=scaling), **switches)


def two_domains(encoder: str, layer: str, *domains: str) -> SubspacesParams:
    """Return the comparison of one layer on two domains, found in all of their samples."""
    first, second = (BasisParams(encoder, layer, domain, ALL) for domain in domains)
    return SubspacesParams(first, second)
