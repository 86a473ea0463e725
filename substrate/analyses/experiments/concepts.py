"""Concepts of a sparse code under shift: which fire, what stays unexplained, whose images stay."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from jaxtyping import Float
from pydantic import Field

from substrate.analyses.experiments.file import ExperimentFile, FiledEstimate, Strict
from substrate.numerics.estimates import Estimate, Null
from substrate.numerics.intervals import delete_group_jackknife, with_draws
from substrate.numerics.units.concepts import Concepts, firing_share, kept_share, top_images
from substrate.wording import Nouns

#: Images of a domain: held out of the one the code was made on, the same ones changed, others.
INSIDE, CHANGED, OTHER = "inside", "changed", "other"
#: Images drawn of a domain to count the concepts that fire, and images that are a concept's own.
DRAWN, OWN = 50, 10
#: Concepts whose images are shown, and how many of each.
SHOWN, PICTURES = 6, 6
PERMUTATIONS = 200


class ConceptRepeat(Strict):
    """One domain; values are means over codes, ``*_codes`` those of every code (seed).

    ``kept`` is the share of a concept's own images that are its own again, ``more`` trained less
    untrained; neither has a value where the images are others. ``kept_units`` is that of the units
    themselves. ``own`` holds the images of some concepts, ``places`` where each held-out one
    stands among the packaged photographs, whose pictures are not written down.
    """

    domain: str
    title: str
    kind: Literal["inside", "changed", "other"]
    sampled_as: str
    grouped_by: str
    images: int = Field(ge=1)
    photographs: int = Field(ge=1)
    firing: FiledEstimate
    firing_codes: tuple[float, ...]
    firing_untrained: tuple[float, ...]
    unexplained: FiledEstimate
    unexplained_codes: tuple[float, ...]
    unexplained_untrained: tuple[float, ...]
    kept: FiledEstimate
    kept_codes: tuple[float, ...] = ()
    kept_untrained: tuple[float, ...] = ()
    kept_units: float | None = None
    more: FiledEstimate
    own: tuple[tuple[int, ...], ...] = ()
    places: tuple[int, ...] = ()

    @property
    def nouns(self) -> Nouns:
        """Return what an image and a group of them are called."""
        return Nouns(self.sampled_as, self.grouped_by)


ConceptFile = ExperimentFile[ConceptRepeat]
Features = Float[np.ndarray, "n d"]


@dataclass(frozen=True, eq=False)
class Coded:
    """Codes of one network, with which of their concepts are alive, and images of a domain."""

    codes: tuple[Concepts, ...]
    alive: tuple[np.ndarray, ...]
    x: Features
    before: Features | None = None

    def firing(self, kept: np.ndarray) -> Float[np.ndarray, " codes"]:
        """Return the share of concepts that fire on some images, code by code."""
        return np.array([firing_share(c.codes(self.x[kept]) > 0, DRAWN) for c in self.codes])

    def unexplained(self, kept: np.ndarray) -> Float[np.ndarray, " codes"]:
        """Return what the codes leave unexplained of some images."""
        return np.array([c.unexplained(self.x[kept]) for c in self.codes])

    def kept(
        self, rows: np.ndarray, order: np.ndarray | None = None
    ) -> Float[np.ndarray, " codes"]:
        """Return the share of their own images that concepts have again, of some images."""
        assert self.before is not None
        again = rows if order is None else rows[order]
        return np.array(
            [
                kept_share(
                    c.scores(self.before[rows])[:, alive], c.scores(self.x[again])[:, alive], OWN
                )
                for c, alive in zip(self.codes, self.alive, strict=True)
            ]
        )


def measured(
    trained: Coded, twins: Sequence[Coded], groups: np.ndarray, unit: str, *, seed: int
) -> dict[str, Any]:
    """Return the measured fields of a `ConceptRepeat`, with intervals over groups."""
    rows = np.arange(len(groups))

    def over(values: Callable[[np.ndarray], Float[np.ndarray, " codes"]]) -> Estimate:
        return _filed(
            delete_group_jackknife(lambda kept: float(values(kept).mean()), groups, unit=unit)
        )

    none_kept = Estimate(None, reason="Other images: a concept has none to keep.")
    fields = {
        "firing": over(trained.firing),
        "firing_codes": _tuple(trained.firing(rows)),
        "firing_untrained": _tuple([t.firing(rows).mean() for t in twins]),
        "unexplained": over(trained.unexplained),
        "unexplained_codes": _tuple(trained.unexplained(rows)),
        "unexplained_untrained": _tuple([t.unexplained(rows).mean() for t in twins]),
        **dict.fromkeys(("kept", "more"), none_kept),
    }
    if trained.before is None:
        return fields
    draws = np.array([t.kept(rows).mean() for t in twins])

    def gain(kept: np.ndarray) -> float:
        return float(trained.kept(kept).mean() - np.mean([t.kept(kept).mean() for t in twins]))

    value = over(trained.kept)
    rng = np.random.default_rng(seed)
    shuffled = np.array(
        [trained.kept(rows, rng.permutation(len(rows))).mean() for _ in range(PERMUTATIONS)]
    )
    null = Null(
        mean=round(float(shuffled.mean()), 4),
        level=round(float(np.quantile(shuffled, 0.95)), 4),
        p=float((1 + (shuffled >= value.value).sum()) / (1 + PERMUTATIONS)),
    )
    more = with_draws(delete_group_jackknife(gain, groups, unit=unit), draws)
    return fields | {
        "kept": replace(value, null=null),
        "kept_codes": _tuple(trained.kept(rows)),
        "kept_untrained": _tuple(draws),
        "kept_units": round(kept_share(trained.before, trained.x, OWN), 4),
        "more": _filed(more),
    }


def chosen_concepts(coded: Coded) -> np.ndarray:
    """Return the concepts of the first code that fire on most images, of those that are shown."""
    fires = (coded.codes[0].codes(coded.x) > 0).sum(axis=0)
    return np.argsort(-fires, kind="stable")[:SHOWN]


def own_images(coded: Coded, concepts: np.ndarray) -> tuple[tuple[int, ...], ...]:
    """Return the images that some concepts of the first code have most of."""
    top = top_images(coded.codes[0].scores(coded.x)[:, concepts], PICTURES)
    return tuple(tuple(map(int, row)) for row in top)


def _tuple(values: Any) -> tuple[float, ...]:
    return tuple(round(float(v), 4) for v in values)


def _filed(estimate: Estimate) -> Estimate:
    low, high = (None if end is None else round(end, 4) for end in (estimate.low, estimate.high))
    return Estimate(round(estimate.value, 4), low=low, high=high, reason=estimate.reason)


@dataclass(frozen=True)
class ConceptSummary:
    """The held-out images, the same ones changed, and other domains."""

    inside: ConceptRepeat
    changed: tuple[ConceptRepeat, ...]
    other: tuple[ConceptRepeat, ...]
    title: str
    concepts: int
    active: int
    dead: tuple[int, ...]
    facts: str

    @property
    def tested(self) -> tuple[ConceptRepeat, ...]:
        """Return the changes with an interval of trained less untrained."""
        return tuple(r for r in self.changed if r.more.low is not None)

    @property
    def beyond(self) -> tuple[ConceptRepeat, ...]:
        """Return the changes under which concepts keep more of their images than twins' do."""
        return tuple(r for r in self.tested if float(r.more.low) > 0)

    @property
    def below(self) -> tuple[ConceptRepeat, ...]:
        """Return the changes under which they keep fewer."""
        return tuple(r for r in self.tested if float(r.more.high) < 0)


def summarise(file: ExperimentFile[ConceptRepeat]) -> ConceptSummary:
    """Order the domains and say what they rest on."""
    (inside,) = (r for r in file.repeats if r.kind == INSIDE)
    settings = file.configuration
    facts = (
        f"{inside.images} held-out photographs · {settings['concepts']} concepts, "
        f"{settings['active']} to an image · {len(inside.firing_codes)} codes · "
        f"{len(inside.firing_untrained)} untrained twins"
    )
    return ConceptSummary(
        inside,
        tuple(r for r in file.repeats if r.kind == CHANGED),
        tuple(r for r in file.repeats if r.kind == OTHER),
        str(settings["title"]),
        int(settings["concepts"]),
        int(settings["active"]),
        tuple(settings["dead"]),
        facts,
    )
