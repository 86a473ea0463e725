"""What is compared: encoders, layers, domains and switches, and each analysis's parameters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from substrate.analyses.directions.basis import SCALINGS, Basis
from substrate.analyses.directions.cosine_panel import Panel
from substrate.analyses.directions.embedding import EmbeddingParams
from substrate.analyses.directions.kinds import RAW, SCORE, PairParams
from substrate.analyses.directions.partners import MatchedParams
from substrate.analyses.directions.principal_angles import AnglesParams
from substrate.analyses.directions.spectrum import SpectrumParams
from substrate.analyses.directions.two_domains import Domains, DomainsParams
from substrate.runs import Run

ENCODERS, DOMAINS_VIEW = VIEWS = ("Two encoders", "One encoder on two domains")
#: Colours of the cells: the fixed signed scale, and that of the literature.
SIGNED, PAPER = SCALES = ("signed, -1 to 1", "paper's, 1/√d to 5/√d")
#: The scale that the page opens with, as every page that shows directions does.
SCALING = "z-score"
#: Partners are sought among so many directions more with each further direction shown, at most.
PARTNERS_STEP, PARTNERS_MOST = 16, 64


@dataclass(frozen=True)
class Choice:
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
class Comparison:
    """The panel and each side's directions; ``domains`` where there are two of them."""

    panel: Panel
    a: Basis
    b: Basis
    domains: Domains | None = None


def settings(run: Run) -> dict[str, Any]:
    """Return the study's number of directions, permutations and seed."""
    study = run.study
    return {
        "components": int(study["components"]),
        "permutations": int(study["permutations"]),
        "seed": int(study["seed"]),
    }


def default_choice(run: Run, domain: str, kind: str = SCORE) -> Choice:
    """Return what is shown at first: the last layers of the panel's first two encoders."""
    a, b = run.first_two
    sides = (a, run.encoders[a].default_layer, b, run.encoders[b].default_layer)
    return Choice(
        ENCODERS, *sides, domain, domain, kind, settings(run)["components"], scaling=SCALING
    )


def default_two_domains(run: Run, domain: str) -> Choice | None:
    """Return the first encoder on a domain and the next one, if there is another."""
    others = [name for name in run.domains if name != domain]
    if not others:
        return None
    encoder = run.first_two[0]
    side = (encoder, run.encoders[encoder].default_layer)
    return Choice(
        DOMAINS_VIEW,
        *side,
        *side,
        domain,
        others[0],
        RAW,
        settings(run)["components"],
        scaling=SCALINGS[0],
    )


def pair_params(run: Run, choice: Choice) -> PairParams:
    """Return the parameters of the panel of two encoders."""
    return PairParams(
        choice.first,
        choice.first_layer,
        choice.second,
        choice.second_layer,
        choice.domain,
        kind=choice.kind,
        scaling=choice.scaling,
        **_chosen(run, choice),
    )


def domains_params(run: Run, choice: Choice) -> DomainsParams:
    """Return the parameters of the panel of two domains."""
    return DomainsParams(
        choice.first,
        choice.first_layer,
        choice.domain,
        choice.second_domain,
        **_chosen(run, choice),
    )


def angles_params(run: Run, choice: Choice) -> AnglesParams:
    """Return the parameters of the principal angles of two encoders."""
    return AnglesParams(
        choice.first,
        choice.first_layer,
        choice.second,
        choice.second_layer,
        choice.domain,
        scaling=choice.scaling,
        **_chosen(run, choice),
    )


def spectrum_params(run: Run, choice: Choice) -> tuple[SpectrumParams, ...]:
    """Return the parameters of both sides' spectra, once where they are the same."""
    seed = settings(run)["seed"]
    sides = (
        (choice.first, choice.first_layer, choice.domain),
        (choice.second, choice.second_layer, choice.second_domain),
    )
    return tuple(SpectrumParams(*side, choice.scaling, seed) for side in dict.fromkeys(sides))


def partners_params(run: Run, basis: Basis, direction: int) -> MatchedParams:
    """Return the parameters of a direction's partners: among enough that it is one of them."""
    chosen = settings(run)
    reach = PARTNERS_STEP * (direction // PARTNERS_STEP + 1)
    chosen["components"] = max(chosen["components"], min(PARTNERS_MOST, reach))
    return MatchedParams(
        basis.encoder,
        basis.layer,
        basis.domain,
        basis.part,
        scaling=basis.scaling,
        panel=run.panel,
        **chosen,
    )


def embedding_params(run: Run, choice: Choice, basis: Basis, method: str) -> EmbeddingParams:
    """Return the parameters of a plane of one side's samples."""
    return EmbeddingParams(
        basis.encoder, basis.layer, basis.domain, method, choice.scaling, settings(run)["seed"]
    )


def _chosen(run: Run, choice: Choice) -> dict[str, Any]:
    return settings(run) | {"components": choice.components}
