"""What is compared: encoders, layers, domains and switches, and each analysis's parameters."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from substrate.analyses.directions.basis import ALL, SCALINGS, Basis, BasisParams, turned
from substrate.analyses.directions.cosine_panel import CosinePanel
from substrate.analyses.directions.embedding import EmbeddingParams
from substrate.analyses.directions.kinds import RAW, SCORE, PairParams, SubspacesParams
from substrate.analyses.directions.partners import MatchedParams
from substrate.analyses.directions.two_domains import Domains
from substrate.runs import Run

ENCODERS, DOMAINS_VIEW = VIEWS = ("Two encoders", "One encoder on two domains")
#: Colours of the cells: the fixed signed scale, and that of the literature.
SIGNED, PAPER = SCALES = ("signed, -1 to 1", "paper's, 1/√d to 5/√d")
#: The scale that the page opens with, as every page that shows directions does.
SCALING = "z-score"
#: Partners are sought among so many directions more with each further direction shown, at most.
PARTNERS_STEP, PARTNERS_MOST = 16, 64


@dataclass(frozen=True)
class DirectionsChoice:
    """What is shown; in the view of two domains both encoders are the same.

    ``components`` is K, the number of leading directions of each side.
    """

    view: str
    first: str
    first_layer: str
    second: str
    second_layer: str
    domain: str
    second_domain: str
    kind: str
    components: int
    scaling: str
    scale: str = SIGNED

    @property
    def domains(self) -> tuple[str, ...]:
        """Return the domains whose samples take part."""
        return tuple(dict.fromkeys((self.domain, self.second_domain)))


@dataclass(frozen=True, eq=False)
class DirectionsComparison:
    """The panel and each side's directions; ``domains`` where there are two of them.

    ``turned`` says that the sign of B's direction of the chosen cell is the other way around, see
    `aligned`.
    """

    panel: CosinePanel
    a: Basis
    b: Basis
    domains: Domains | None = None
    turned: bool = False


def aligned(compared: DirectionsComparison, cell: tuple[int, int]) -> DirectionsComparison:
    """Return the comparison with B's direction of a cell running the way that A's does.

    Where the cell is negative, B's direction changes its sign: in vectors, scores and loadings.
    The panel's values stay as they are.
    """
    if not compared.panel.values[cell] < 0:
        return compared
    both = compared.domains
    if both is not None:
        scores = both.scores_b.copy()
        scores[:, cell[1]] *= -1.0
        both = replace(both, scores_b=scores)
    return replace(compared, b=turned(compared.b, cell[1]), domains=both, turned=True)


def matches(panel: CosinePanel) -> tuple[tuple[int, int], ...]:
    """Return for each of A's directions the cell of its partner in B.

    The partner is the one that the fit rows pick, else the largest absolute cell of the row.
    """
    filled = np.where(np.isfinite(panel.values), np.abs(panel.values), -1.0)
    picked = np.where(panel.partner >= 0, panel.partner, filled.argmax(axis=1))
    return tuple((i, int(j)) for i, j in enumerate(picked))


def default_choice(run: Run, domain: str, kind: str = SCORE) -> DirectionsChoice:
    """Return what is shown at first: the last layers of the panel's first two encoders."""
    a, b = run.first_two
    sides = (a, run.encoders[a].default_layer, b, run.encoders[b].default_layer)
    return DirectionsChoice(
        ENCODERS, *sides, domain, domain, kind, int(run.study["components"]), scaling=SCALING
    )


def default_two_domains(run: Run, domain: str) -> DirectionsChoice | None:
    """Return the first encoder on a domain and the next one, if there is another."""
    others = [name for name in run.domains if name != domain]
    if not others:
        return None
    encoder = run.first_two[0]
    side = (encoder, run.encoders[encoder].default_layer)
    return DirectionsChoice(
        DOMAINS_VIEW,
        *side,
        *side,
        domain,
        others[0],
        RAW,
        int(run.study["components"]),
        scaling=SCALINGS[0],
    )


def bases_params(run: Run, choice: DirectionsChoice) -> tuple[BasisParams, BasisParams]:
    """Return both sides' directions: the one place where switches become their parameters."""
    sides = (
        (choice.first, choice.first_layer, choice.domain),
        (choice.second, choice.second_layer, choice.second_domain),
    )
    first, second = (
        BasisParams(*side, scaling=choice.scaling, seed=int(run.study["seed"])) for side in sides
    )
    return first, second


def null_settings(run: Run, choice: DirectionsChoice) -> dict[str, int]:
    """Return how many directions are compared, and the number of permutations."""
    permutations = int(run.study["permutations"])
    return {"components": choice.components, "permutations": permutations}


def pair_params(run: Run, choice: DirectionsChoice) -> PairParams:
    """Return the parameters of the panel of two encoders."""
    first, second = bases_params(run, choice)
    second = replace(second, domain=choice.domain)
    return PairParams(first, second, kind=choice.kind, **null_settings(run, choice))


def domains_params(run: Run, choice: DirectionsChoice) -> SubspacesParams:
    """Return the parameters of the panel of two domains: all their samples, as they are."""
    first, _ = bases_params(run, choice)
    side = replace(first, part=ALL, scaling=SCALINGS[0])
    other = replace(side, domain=choice.second_domain)
    return SubspacesParams(side, other, **null_settings(run, choice))


def angles_params(run: Run, choice: DirectionsChoice) -> SubspacesParams:
    """Return the parameters of the principal angles of two encoders."""
    first, second = bases_params(run, choice)
    second = replace(second, domain=choice.domain)
    return SubspacesParams(first, second, **null_settings(run, choice))


def spectrum_params(run: Run, choice: DirectionsChoice) -> tuple[BasisParams, ...]:
    """Return the parameters of both sides' spectra, once where they are the same."""
    sides = dict.fromkeys(bases_params(run, choice))
    return tuple(replace(side, part=ALL) for side in sides)


def partners_params(run: Run, basis: Basis, direction: int) -> MatchedParams:
    """Return the parameters of a direction's partners: among enough that it is one of them."""
    reach = PARTNERS_STEP * (direction // PARTNERS_STEP + 1)
    components = max(int(run.study["components"]), min(PARTNERS_MOST, reach))
    permutations = int(run.study["permutations"])
    return MatchedParams(basis.params, components, permutations, panel=run.panel)


def embedding_params(choice: DirectionsChoice, basis: Basis, method: str) -> EmbeddingParams:
    """Return the parameters of a plane of one side's samples."""
    side = replace(basis.params, part=ALL, scaling=choice.scaling)
    return EmbeddingParams(side, method)
