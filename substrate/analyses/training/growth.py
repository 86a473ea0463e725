"""Does agreement grow with size or skill? Each encoder's mean agreement with the others."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from substrate.analyses.shared.effort import DEFAULT_METRIC, chosen_rows, effort, known_metric
from substrate.analyses.shared.grid import prepare
from substrate.analyses.shared.grid_scores import Scores, score
from substrate.analyses.shared.labels import Labelled, labelled
from substrate.analyses.shared.samples import LAYER, require
from substrate.analyses.shared.trajectory import accuracies, is_extracted
from substrate.analyses.spec import Analysis, AnalysisError, Inputs
from substrate.analyses.training.growth_trends import (
    ACCURACY,
    PROBE,
    SIZE,
    Panel,
    Trend,
    measured,
    trends,
)
from substrate.encoder_ref import Encoder, EncoderRef, steps_of, twins_of
from substrate.numerics.estimates import Estimate
from substrate.numerics.nulls import no_chance_of
from substrate.numerics.transfer.probe import linear_probe
from substrate.numerics.transfer.spec import TransferError
from substrate.numerics.transfer.trend import others_mean
from substrate.runs import RANDOM_LABELS, Run

_PERCENT = re.compile(r"^([0-9.]+) %")


@dataclass(frozen=True)
class GrowthParams:
    """A panel on one domain, by which metric."""

    encoders: tuple[str, ...]
    domain: str
    metric: str = DEFAULT_METRIC
    permutations: int = 200
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Standing:
    """One encoder: its size, what it reaches, and its mean agreement with the panel's others.

    ``agreement`` is in the units of the metric, over encoders of other recipes; its interval is
    over photographs. A copy (``in_panel`` False) differs by its width or seed from one of the panel
    and takes part in no correlation. ``shuffled`` is what permuted photographs give, ``twins`` the
    mean agreement of untrained twins with each other, one per seed.
    """

    encoder: str
    recipe: str
    in_panel: bool
    parameters: int | None
    accuracy: float | None
    probe: Estimate | None
    agreement: Estimate
    shuffled: float
    twins: Float[np.ndarray, " s"]

    def measure(self, name: str) -> float | None:
        """Return the size or skill of a name."""
        probe = None if self.probe is None else float(self.probe.value)
        return {SIZE: self.parameters, ACCURACY: self.accuracy, PROBE: probe}[name]


@dataclass(frozen=True, eq=False)
class Course:
    """The steps of a training that are extracted: accuracy, and agreement with the others' ends."""

    encoder: str
    steps: Int[np.ndarray, " t"]
    accuracy: Float[np.ndarray, " t"]
    agreement: Float[np.ndarray, " t"]


@dataclass(frozen=True, eq=False)
class Growth:
    """Standings of a panel and its copies, trainings, and the rank correlations.

    ``kind`` is what the accuracies are of, and ``other_kinds`` names encoders whose accuracy is of
    something else, which is not compared. ``no_probe`` says why nothing was probed.
    """

    domain: str
    scores: Scores
    standings: tuple[Standing, ...]
    courses: tuple[Course, ...]
    trends: tuple[Trend, ...]
    kind: str
    other_kinds: tuple[str, ...]
    no_probe: str
    seeds: tuple[int, ...]

    @property
    def facts(self) -> str:
        """Return what the numbers rest on, in one line."""
        return self.scores.facts

    def trend(self, measure: str, given: str = "") -> Trend:
        """Return one rank correlation."""
        return next(t for t in self.trends if (t.measure, t.given) == (measure, given))


def copies_of(run: Run, panel: Sequence[str], domain: str) -> tuple[str, ...]:
    """Return the run's encoders that share a recipe with one of a panel, and are not in it."""
    recipes = {run.recipe(name) for name in panel}
    return tuple(
        name
        for name, one in run.encoders.items()
        if name not in panel
        and run.recipe(name) in recipes
        and one.paradigm != RANDOM_LABELS
        and EncoderRef(name).on(domain) in run.pairs
    )


def followed(run: Run, panel: Sequence[str], domain: str) -> tuple[str, ...]:
    """Return the encoders of a panel whose training has been extracted on a domain."""
    return tuple(n for n in panel if run.encoders[n].trajectory and is_extracted(run, n, domain))


def common_seeds(run: Run, panel: Sequence[str], domain: str) -> tuple[int, ...]:
    """Return the seeds of untrained twins that all encoders of a panel have."""
    seeds = [set(run.untrained_seeds(name, domain)) for name in panel]
    return tuple(sorted(set.intersection(*seeds))) if seeds else ()


def _inputs(run: Run, params: GrowthParams) -> Inputs:
    panel, domain = params.encoders, params.domain
    read: list[Encoder] = [*panel, *copies_of(run, panel, domain)]
    for name in followed(run, panel, domain):
        read += steps_of(name, run.checkpoints(name, domain))
    read += twins_of(panel, common_seeds(run, panel, domain))
    return tuple(read), (domain,)


def _compute(run: Run, params: GrowthParams) -> Growth:
    known_metric(params.metric)
    panel, domain = params.encoders, params.domain
    require(panel, 3, "encoders")
    groups, nouns = run.groups(domain), run.domains[domain].nouns
    recipes = np.array([run.recipe(name) for name in panel])
    if len(set(recipes)) < 2:
        raise AnalysisError(
            "All encoders of the panel are of one recipe: there are no others to agree with. "
            "Choose encoders of two recipes at least under Panel."
        )
    raw = [run.representation(name, domain, LAYER).features for name in panel]
    scores = score(
        params.metric,
        raw,
        raw,
        groups,
        permutations=params.permutations,
        seed=params.seed,
        nouns=nouns,
        summary=lambda values: others_mean(values, recipes).tolist(),
    )
    sign = 1.0 if scores.closer == "higher" else -1.0
    seeds = common_seeds(run, panel, domain)
    of_twins = _twins(run, params, seeds, groups)
    probes, no_probe = _probes(run, params)
    kind, others = _kind(run, panel)
    twin_means = np.array([others_mean(one, recipes) for one in of_twins]).reshape(-1, len(panel))
    standings = [
        _standing(run, name, kind, probes, scores.summaries[i], twin_means[:, i], in_panel=True)
        for i, name in enumerate(panel)
    ]
    compared = Panel(
        panel,
        tuple(recipes.tolist()),
        sign * scores.values,
        sign * of_twins,
        no_chance_of(scores.photographs, nouns.groups),
        params.seed,
    )
    measures = {m: measured([s.measure(m) for s in standings]) for m in (SIZE, ACCURACY, PROBE)}
    return Growth(
        domain,
        scores,
        (*standings, *_copies(run, params, kind, probes, groups)),
        tuple(_course(run, params, n, groups) for n in followed(run, panel, domain)),
        trends(compared, measures),
        kind,
        others,
        no_probe,
        seeds,
    )


def _standing(
    run: Run,
    name: str,
    kind: str,
    probes: dict[str, Estimate],
    agreement: Estimate,
    twins: Float[np.ndarray, " s"],
    *,
    in_panel: bool,
) -> Standing:
    record = run.encoders[name]
    return Standing(
        name,
        run.recipe(name),
        in_panel,
        record.parameters,
        _accuracy(run, name) if record.accuracy_kind == kind else None,
        probes.get(name),
        agreement,
        np.nan if agreement.null is None else agreement.null.mean,
        twins,
    )


def _accuracy(run: Run, name: str) -> float | None:
    match = _PERCENT.match(run.encoders[name].accuracy)
    return None if match is None else float(match.group(1)) / 100


def _kind(run: Run, panel: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return the commonest kind of accuracy, and who has one of another kind or none."""
    kinds = [run.encoders[n].accuracy_kind for n in panel if _accuracy(run, n) is not None]
    if not kinds:
        return "", tuple(panel)
    kind = Counter(kinds).most_common(1)[0][0]
    return kind, tuple(
        n for n in panel if run.encoders[n].accuracy_kind != kind or _accuracy(run, n) is None
    )


def _probes(run: Run, params: GrowthParams) -> tuple[dict[str, Estimate], str]:
    names = (*params.encoders, *copies_of(run, params.encoders, params.domain))
    try:
        samples = labelled(run, params.domain)
        return {name: _probe(run, name, params, samples) for name in names}, ""
    except (AnalysisError, TransferError) as error:
        return {}, str(error)


def _probe(run: Run, name: str, params: GrowthParams, samples: Labelled) -> Estimate:
    probe = linear_probe(
        run.representation(name, params.domain, LAYER).features[samples.rows],
        samples.labels,
        samples.groups,
        seed=params.seed,
        within=samples.within,
        unit=samples.nouns.groups,
    )
    return probe.accuracy.balanced


def _twins(
    run: Run, params: GrowthParams, seeds: Sequence[int], groups: np.ndarray
) -> Float[np.ndarray, "s e e"]:
    rows = chosen_rows(groups, effort(params.metric, params.permutations).samples, params.seed)
    similarities = []
    for seed in seeds:
        xs = [
            run.representation(twin, params.domain, LAYER).features[rows]
            for twin in twins_of(params.encoders, (seed,))
        ]
        similarities.append(prepare(params.metric, xs, xs, groups[rows]).values()[0])
    e = len(params.encoders)
    return np.array(similarities).reshape(len(seeds), e, e)


def _to_panel(
    run: Run, params: GrowthParams, name: str, refs: Sequence[Encoder], groups: np.ndarray
) -> Float[np.ndarray, " k"]:
    """Return the mean agreement of other networks of one name with the panel's other recipes."""
    rows = chosen_rows(groups, effort(params.metric, params.permutations).samples, params.seed)
    others = [n for n in params.encoders if run.recipe(n) != run.recipe(name)]
    sides = [
        [run.representation(one, params.domain, LAYER).features[rows] for one in side]
        for side in (refs, others)
    ]
    there = prepare(params.metric, sides[0], sides[1], groups[rows]).values()[0]
    back = prepare(params.metric, sides[1], sides[0], groups[rows]).values()[0]
    return np.asarray(((there + back.T) / 2).mean(axis=1))


def _copies(
    run: Run, params: GrowthParams, kind: str, probes: dict[str, Estimate], groups: np.ndarray
) -> list[Standing]:
    standings = []
    reason = "No interval: a copy of one of the panel, beside the correlation."
    for name in copies_of(run, params.encoders, params.domain):
        value = float(_to_panel(run, params, name, [name], groups)[0])
        bare = Estimate(value, reason=reason)
        standings.append(_standing(run, name, kind, probes, bare, np.empty(0), in_panel=False))
    return standings


def _course(run: Run, params: GrowthParams, name: str, groups: np.ndarray) -> Course:
    steps = run.checkpoints(name, params.domain)
    refs = steps_of(name, steps)
    agreement = _to_panel(run, params, name, refs, groups)
    return Course(name, np.array(steps), accuracies(run, name, steps), agreement)


GROWTH = Analysis(
    key="training.growth",
    version=3,
    params=GrowthParams,
    result=Growth,
    inputs=_inputs,
    compute=_compute,
)


def growth_params(run: Run, domain: str, metric: str = DEFAULT_METRIC) -> GrowthParams:
    """Return the parameters for the run's panel, with the study's seed and permutations."""
    return GrowthParams(
        run.panel, domain, metric, int(run.study["permutations"]), int(run.study["seed"])
    )
