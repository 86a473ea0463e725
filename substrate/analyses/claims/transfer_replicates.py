"""How scores order the encoders of a domain: whole, without encoders, from half its photographs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Bool, Float, Int

from substrate.analyses.claims.detector import balanced
from substrate.analyses.shared.labels import labelled
from substrate.analyses.shared.refusals import few_to_hold_out
from substrate.analyses.shared.replicates import (
    halves_of_photographs,
    too_few_groups,
)
from substrate.analyses.spec import obtain
from substrate.analyses.transfer.probe import (
    PROBE,
    ProbeParams,
    ProbeResult,
    features,
)
from substrate.numerics.transfer.consensus import consensus_of_rows
from substrate.numerics.transfer.logme import logme
from substrate.numerics.transfer.ranking import (
    hybrid_ranking,
    kendall,
)
from substrate.numerics.transfer.support.folds import groups_per_class
from substrate.runs import Run

SCORES = ("consensus", "logme", "size", "untrained")
SIZE, HYBRID = SCORES.index("size"), "hybrid"
QUANTITIES = (*SCORES, HYBRID, "seconds")
KEEP = 0.25
#: Encoders below which a rank correlation has no meaning.
MIN_RANKED = 3
#: Halves of the photographs at most.
HALVES = 20


@dataclass(frozen=True, eq=False)
class RankedDomain:
    """One domain: every encoder's scores, accuracies by probe, and logarithm of the seconds.

    ``there`` marks the encoders that have all scores but the twins'; the others take no part. The
    size counts only where it is known of any: features read from files have none.
    """

    scores: Float[np.ndarray, "e 3"]
    untrained: Float[np.ndarray, "m e"]
    accuracy: Float[np.ndarray, "2 e"]
    seconds: Float[np.ndarray, " e"]
    there: Bool[np.ndarray, " e"]
    without: str

    def row(self, against: int, kept: Int[np.ndarray, " k"], draw: int) -> list[float]:
        """Return the rank agreement of every score and of the hybrid, and the mean of seconds."""
        kept = kept[self.there[kept]]
        if len(kept) < MIN_RANKED:
            return [float("nan")] * len(QUANTITIES)
        accuracy, scores = self.accuracy[against][kept], self.scores[kept].T
        taus = [_tau(one, accuracy) for one in scores]
        drawn = self.untrained if draw < 0 else self.untrained[draw : draw + 1]
        twin = [_tau(one[kept], accuracy) for one in drawn]
        consensus, logme, _ = scores
        ranked, _ = hybrid_ranking(consensus, lambda i: float(logme[i]), keep=KEEP)
        untrained = float(np.mean(twin)) if twin else float("nan")
        return [*taus, untrained, _tau(ranked, accuracy), float(self.seconds[kept].mean())]


def _tau(scores: Float[np.ndarray, " e"], accuracy: Float[np.ndarray, " e"]) -> float:
    both = np.array([scores, accuracy])
    if not np.isfinite(both).all() or (np.ptp(both, axis=1) == 0).any():
        return float("nan")
    return kendall(scores, accuracy)


@dataclass(frozen=True, eq=False)
class DomainHalves:
    """One domain's scores and accuracies from each half of its photographs.

    The samples are those that the whole has. Consensus and LogME are worked out anew; accuracies
    count the held-out decisions of the half, of models that are not fitted again, so that the
    choice of the training set is in no interval, as on the Transfer page.
    """

    whole: RankedDomain
    scores: Float[np.ndarray, "h e 3"]
    untrained: Float[np.ndarray, "h m e"]
    accuracy: Float[np.ndarray, "h 2 e"]

    @classmethod
    def of(
        cls,
        run: Run,
        encoders: tuple[str, ...],
        domain: str,
        seeds: tuple[int, ...],
        seed: int,
        whole: RankedDomain,
    ) -> DomainHalves:
        """Work them out for a domain, whose whole is known."""
        samples = labelled(run, domain)
        codes = np.unique(samples.labels, return_inverse=True)[1]
        halves = halves_of_photographs(samples.groups, HALVES, classes=codes, seed=seed)
        blocks = [features(run, e, domain)[samples.rows] for e in encoders]
        consensus = consensus_of_rows(blocks, halves, groups=samples.groups)
        evidence = np.array([[_logme(x[h], samples.labels[h]) for x in blocks] for h in halves])
        size = np.broadcast_to(whole.scores[:, SIZE], consensus.shape)

        def probe(encoder: str, twin: int) -> ProbeResult:
            return obtain(PROBE, run, ProbeParams(encoder, domain, twin, seed))

        def reached(right: np.ndarray) -> list[float]:
            return [balanced(right[h].astype(float), codes[h]) for h in halves]

        trained = [probe(e, -1) for e in encoders]
        both = [[p.linear_right for p in trained], [p.neighbours_right for p in trained]]
        twin = [[probe(e, s).linear_right for e in encoders] for s in seeds]
        accuracy = np.array([[reached(r) for r in rights] for rights in both])
        untrained = np.array([[reached(r) for r in rights] for rights in twin]).reshape(
            len(twin), len(blocks), len(halves)
        )
        scores = np.stack([consensus, evidence, size], axis=-1)
        return cls(whole, scores, np.moveaxis(untrained, -1, 0), np.moveaxis(accuracy, -1, 0))

    def half(self, at: int) -> RankedDomain:
        """Return the domain as one half of its photographs shows it."""
        scores = self.scores[at]
        there = self.whole.there & np.isfinite(scores[:, :SIZE]).all(axis=1)
        return replace(
            self.whole,
            scores=scores,
            untrained=self.untrained[at],
            accuracy=self.accuracy[at],
            there=there,
        )


def _logme(x: Float[np.ndarray, "n d"], labels: np.ndarray) -> float:
    """Return LogME, NaN where the features of these samples determine a class exactly."""
    try:
        return logme(x, labels)
    except ValueError:
        return float("nan")


def too_few_of(run: Run, domain: str) -> str:
    """Say why nothing is concluded from a domain's labels, or nothing where it can be."""
    samples, title = labelled(run, domain), run.domains[domain].title
    if samples.within:
        return few_to_hold_out(title, samples.nouns.groups)
    have = groups_per_class(samples.labels, samples.groups)
    name, fewest = min(have.items(), key=lambda item: item[1])
    return too_few_groups(fewest, f"The class {name} of {title}", samples.nouns.group)
