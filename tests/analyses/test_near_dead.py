"""A unit that is all but dead changes no summary of any analysis that brings units to one scale.

Two such units are planted in beta and its untrained twins: one is silent but for a single
photograph, one barely moves but for a single sample. Beside them stands the same store with both
units constant. Every number that an analysis returns is compared.

A unit just above the share that is needed takes part, as noise of variance one; so its loudness on
one photograph is what may change nothing. There the summaries are compared, as any unit of noise
moves the directions that no encoder shares.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np
import pytest

from substrate.analyses.claims.questions import QUESTIONS
from substrate.analyses.detector.accuracy import (
    DetectorSweepParams,
    WithoutParams,
    detector_params,
)
from substrate.analyses.directions.basis import BasisParams
from substrate.analyses.directions.embedding import EmbeddingParams
from substrate.analyses.directions.partners import MatchedParams
from substrate.analyses.encoders.disagreement import DisagreementParams
from substrate.analyses.encoders.flow import FlowParams
from substrate.analyses.encoders.removal import CausalParams
from substrate.analyses.lens.scores import LensScoresParams
from substrate.analyses.maps.consensus import consensus_params
from substrate.analyses.maps.matrix import matrix_params
from substrate.analyses.maps.pair import maps_params
from substrate.analyses.panel_choice import (
    PanelChoice,
    default_choice,
)
from substrate.analyses.registry import ANALYSES
from substrate.analyses.sharedness import copies
from substrate.analyses.sharedness.by_setting import SettingsParams
from substrate.analyses.sharedness.copies import CopiesParams
from substrate.analyses.sharedness.responses import ResponsesParams
from substrate.analyses.subspace.dimension_sweep import DimensionSweepParams as DimensionParams
from substrate.analyses.subspace.leave_out import LeaveOutParams
from substrate.analyses.subspace.sample_size import NCurveParams
from substrate.analyses.training.alignment import TrainingParams
from substrate.analyses.transfer.all_domains import domains_params
from substrate.analyses.transfer.low_shot import low_shot_params
from substrate.analyses.transfer.probe import ProbeParams
from substrate.analyses.transfer.scores import transfer_params
from substrate.numerics import whitening
from substrate.runs import Run, open_run, runs_directory
from substrate.store import digest
from tests.support.directions import pair, subspaces
from tests.support.training_store import training_run

DOMAINS = ("rich", "few")
#: They never bring units to one variance: metrics of centred features, images alone, raw cosines.
UNSCALED = {
    "theory.features",  # principal axes of the features as they are
    "weights.aligned",
    "weights.channels",
    "weights.kernels",
    "weights.spatial",
    "units.one_to_one",  # of images, not of stored features: tests/numerics/units
    "units.few_to_one",
    "units.many_to_many",
    "units.mutual_information",
    "units.depth",
    "units.spectra",  # means as they are
    "units.filters",
    "units.several",
    "claims.units",
    "claims.steps",  # ranks of centred features, images
    "shared.image_statistics",
    "subspace.image_controls",
    "encoders.pairs",
    "claims.pairs",
    "directions.two_domains",
    "directions.images",
    "layers.two_encoders",
    "layers.all_encoders",
    "layers.all_encoders_untrained",
    "layers.two_encoders_untrained",
    "layers.kept",  # neighbours of features as they are; its ridge: tests/analyses/layers
    "layers.kept_untrained",
    "layers.every_layer",  # metrics of features as they are
    "layers.smoothness",  # neighbours of features as they are
    "layers.operations",  # Gram matrices and neighbours as they are
    "layers.layer_map",  # metrics of features as they are
    "layers.training_ways",  # angles of Gram matrices as they are
    "layers.trajectories",  # angles of Gram matrices as they are
    "metrics.all_metrics",
    "lens.neighbours",
    "training.directions",
    "training.growth",  # metrics of centred features; its probes are standardised as transfer's are
    "detector.accuracy_pixels",
    "detector.image",  # an image of one's own: its scores are `detector.image_fit`'s
}


def planted(root, alive: bool) -> Run:
    """Plant a store and set two units of beta's last features: all but dead, or constant."""

    def units(_x: np.ndarray, groups: np.ndarray) -> np.ndarray:
        return dead_units(groups) if alive else np.zeros((len(groups), 2))

    return with_units(root, units)


def with_units(root, units: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> Run:
    """Plant a store and set the first units of beta's last features, given these and the groups."""
    run = training_run(root, n=96, groups=24, untrained=2)
    record = json.loads(json.dumps(run.record))
    for domain in DOMAINS:
        groups = run.groups(domain)
        for name in ("beta", "beta~0", "beta~1"):
            entry = run.store.get(run.pairs[f"{name}/{domain}"])
            arrays = {layer: np.array(entry.array(layer)) for layer in entry.names}
            found = units(arrays["penultimate"], groups)
            arrays["penultimate"][:, : found.shape[1]] = found
            key = digest(["near dead", found.tolist(), run.pairs[f"{name}/{domain}"]])
            run.store.put(key, arrays=arrays, meta={"kind": "features"})
            record["pairs"][f"{name}/{domain}"] = key
    (runs_directory(run.store) / f"{run.run_id}.json").write_text(json.dumps(record))
    return open_run(run.store, run.run_id)


def dead_units(groups: np.ndarray) -> np.ndarray:
    """Return a unit that fires in one photograph, and one that moves in one sample."""
    rng = np.random.default_rng(5)
    units = np.zeros((len(groups), 2))
    units[:, 1] = 1e-4 * rng.normal(size=len(groups))
    units[groups == groups[10], 0] = rng.uniform(1.0, 3.0, (groups == groups[10]).sum())
    units[40, 1] = 30.0
    return units


def barely_living(share: float, loud: float) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """Make a unit of noise that has a share of the median deviation, loud on one photograph.

    ``loud`` is in median deviations of the layer; at 0 the unit is as quiet there as elsewhere.
    """

    def units(x: np.ndarray, groups: np.ndarray) -> np.ndarray:
        rng = np.random.default_rng(5)
        median = np.median(x.std(axis=0))
        unit = share * median * rng.normal(size=len(x))
        here = groups == groups[10]
        if loud:
            unit[here] = loud * median * rng.uniform(0.7, 1.3, here.sum())
        return unit[:, None]

    return units


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    return [planted(tmp_path_factory.mktemp(f"near-dead-{a}"), a) for a in (True, False)]


def choice(run: Run) -> PanelChoice:
    return default_choice(run)


def claims(theme: str) -> Callable[[Run], Any]:
    return lambda run: QUESTIONS[theme](run)[0][1]


SIDES = ("alpha", "penultimate", "beta", "penultimate", "rich")
CASES: dict[str, Callable[[Run], Any]] = {
    "subspace.procrustes_cka": lambda run: choice(run).matrix(),
    "subspace.spans": lambda run: choice(run).spans(),
    "subspace.intervals": lambda run: choice(run).intervals(),
    "subspace.untrained": lambda run: choice(run).untrained(),
    "subspace.controls": lambda run: choice(run).controls(),
    "sharedness.leave_encoder_out": lambda run: choice(run).sharedness("rich"),
    "lens.scores": lambda run: LensScoresParams(**vars(choice(run).sharedness("rich"))),
    "sharedness.by_paradigm": lambda run: choice(run).sharedness("rich"),
    "sharedness.untrained": lambda run: choice(run).untrained_sharedness("rich"),
    "sharedness.count": lambda run: choice(run).untrained_sharedness("rich"),
    "sharedness.copies": lambda run: CopiesParams(run.panel, DOMAINS),
    "sharedness.by_recipe": lambda run: choice(run).untrained_sharedness("rich"),
    "sharedness.by_setting": lambda run: SettingsParams(run.panel, "rich", (0, 1)),
    "subspace.dimension_sweep": lambda run: DimensionParams(run.panel, DOMAINS, "rich", (0, 1)),
    "subspace.leave_out": lambda run: LeaveOutParams(run.panel, DOMAINS, "rich", components=6),
    "sharedness.responses": lambda run: ResponsesParams(run.panel, "rich", components=6),
    "subspace.sample_size": lambda run: NCurveParams(run.panel, DOMAINS, components=6),
    "encoders.flow": lambda run: FlowParams(run.panel, "rich", directions=6),
    "encoders.disagreement": lambda run: DisagreementParams("alpha", "beta", "rich", 6),
    "encoders.removal": lambda run: CausalParams("alpha", "beta", "rich", 6),
    "directions.basis": lambda run: BasisParams("beta", "penultimate", "rich", scaling="z-score"),
    "directions.two_encoders": lambda run: pair(*SIDES, components=6, scaling="z-score"),
    "directions.principal_angles": lambda run: subspaces(*SIDES, scaling="z-score", components=6),
    "directions.spectrum": lambda run: BasisParams(
        "beta", "penultimate", "rich", scaling="z-score"
    ),
    "directions.partners": lambda run: MatchedParams(
        BasisParams("beta", "penultimate", "rich", scaling="z-score"), components=6
    ),
    "directions.embedding": lambda run: EmbeddingParams(
        BasisParams("beta", "penultimate", "rich", scaling="z-score")
    ),
    "maps.pair": lambda run: maps_params(run, ("alpha", "beta"), "rich"),
    "maps.matrix": lambda run: matrix_params(run, run.panel, "rich"),
    "maps.consensus": lambda run: consensus_params(run, run.panel, "rich", 6),
    "training.alignment": lambda run: TrainingParams(
        "alpha", "rich", components=6, permutations=40
    ),
    "transfer.probe": lambda run: ProbeParams("beta", "rich", -1, 0),
    "transfer.scores": lambda run: transfer_params(run, "rich"),
    "transfer.all_domains": lambda run: domains_params(run, DOMAINS),
    "detector.accuracy": lambda run: detector_params(run, 6),
    "detector.accuracy_sweep": lambda run: DetectorSweepParams(run.panel, DOMAINS, 0),
    "detector.accuracy_without": lambda run: WithoutParams(run.panel, DOMAINS, 6, 0),
    "detector.image_fit": lambda run: detector_params(run, 6),
    "detector.support": lambda run: detector_params(run, 6),
    "transfer.low_shot": lambda run: low_shot_params(run, "rich", 6),
    "claims.sharing": claims("sharing"),
    "claims.domains": claims("domains"),
    "claims.leave_out": claims("leave_out"),
    "claims.responses": claims("responses"),
    "claims.emergence": claims("emergence"),
    "claims.transfer": claims("transfer"),
    "claims.detector": claims("detector"),
    "claims.low_shot": claims("low_shot"),
}
#: Parts of results that look at unscaled features as well (other transfer scores, neighbours).
PARTS: dict[str, Callable[[Any], Any]] = {
    "detector.image_fit": lambda found: (
        [scale.gains for scale in found.basis.scales],
        found.basis.vectors,
        found.detector,
    ),
    "transfer.probe": lambda found: found.linear,
    "transfer.scores": lambda found: [(r.scores["consensus"], r.linear) for r in found.rows],
    "transfer.all_domains": lambda found: [
        v[list(found.scores).index("consensus")] for v in found.taus.values()
    ],
    "claims.transfer": lambda found: found.whole[:, found.quantities.index("consensus")],
    "sharedness.by_setting": lambda found: (
        found.effect[np.array(found.whitening) != "none"],
        found.low[np.array(found.whitening) != "none"],
    ),
}


#: What an analysis says in one number, or one per pair of domains or encoder left out.
SUMMARIES: dict[str, tuple[str, ...]] = {
    "subspace.procrustes_cka": (".biased", ".debiased"),
    "subspace.intervals": (".low", ".high", ".median"),
    "subspace.untrained": (".control.values",),
    "subspace.controls": (".single", ".split_half", ".shuffled"),
    "subspace.leave_out": (".rows", ".over_encoders"),
    "subspace.sample_size": (".trained", ".shuffled"),
    "sharedness.leave_encoder_out": (".summary",),
    "sharedness.untrained": (".summaries", ".trained", ".difference"),
    "sharedness.by_recipe": (".rows", ".over_recipes"),
    "sharedness.responses": (".tau",),
    "directions.principal_angles": (".cosines",),
    "training.alignment": (".scores.values",),
    "claims.sharing": (".whole", ".left_out", ".draws"),
    "claims.leave_out": (".whole",),
    "claims.responses": (".whole",),
    "claims.emergence": (".whole",),
    "claims.low_shot": (".whole",),
}
#: Shares on both sides of the one that is needed, and loudness in median deviations.
BARELY = [(share, loud) for share in (0.008, 0.012, 0.05) for loud in (1.0, 10.0, 100.0)]


def numbers(value: Any, path: str = "") -> Iterator[tuple[str, np.ndarray]]:
    """Yield every number of a result, by where it stands."""
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
        yield path, value.astype(np.float64)
    elif isinstance(value, bool | int | float):
        yield path, np.array(float(value))
    elif is_dataclass(value):
        for field in fields(value):
            # Degrees of freedom have no scale of their own: the bounds made of them are compared.
            if "seconds" not in field.name and field.name not in ("df", "spread_df"):
                yield from numbers(getattr(value, field.name), f"{path}.{field.name}")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from numbers(item, f"{path}.{key}")
    elif isinstance(value, tuple | list):
        for index, item in enumerate(value):
            yield from numbers(item, f"{path}[{index}]")


def computed(key: str, run: Run) -> dict[str, np.ndarray]:
    analysis = ANALYSES[key]
    found = analysis.compute(run, CASES[key](run))
    return dict(numbers(PARTS.get(key, lambda whole: whole)(found)))


def test_every_analysis_is_known_to_scale_or_not():
    assert set(CASES) | UNSCALED == set(ANALYSES)
    assert not set(CASES) & UNSCALED


def test_without_a_copy_among_them_the_search_for_copies_shows_its_similarities(runs, monkeypatch):
    """No encoder of the planted store is a copy: below, each pair counts as one."""
    alive, _ = runs
    params = CASES["sharedness.copies"](alive)
    assert not ANALYSES["sharedness.copies"].compute(alive, params).pairs
    monkeypatch.setattr(copies, "ALIKE", -1.0)
    pairs = ANALYSES["sharedness.copies"].compute(alive, params).pairs
    assert len(pairs) == len(alive.panel) * (len(alive.panel) - 1) // 2


@pytest.mark.parametrize("key", CASES)
def test_units_that_are_all_but_dead_change_no_number(key, runs, monkeypatch):
    if key == "sharedness.copies":
        monkeypatch.setattr(copies, "ALIKE", -1.0)
    dead, constant = (computed(key, run) for run in runs)
    assert dead.keys() == constant.keys() and dead
    for path, values in dead.items():
        np.testing.assert_allclose(
            values, constant[path], atol=0.01, rtol=0, equal_nan=True, err_msg=f"{key}{path}"
        )


@pytest.mark.parametrize(
    "key",
    [
        "sharedness.leave_encoder_out",
        "subspace.procrustes_cka",
        "detector.image_fit",
        "training.alignment",
    ],
)
def test_without_the_rule_they_would(key, runs, monkeypatch):
    monkeypatch.setattr(whitening, "living", lambda x, **_: np.ptp(x, axis=0) > 0)
    dead, constant = (computed(key, run) for run in runs)
    assert max(np.nanmax(np.abs(dead[p] - constant[p])) for p in dead if dead[p].size) > 0.01


@pytest.fixture(scope="module")
def barely(tmp_path_factory):
    """One store per share and loudness, and one with the unit constant."""
    made = {case: barely_living(*case) for case in BARELY}
    made[None] = lambda x, _groups: np.zeros((len(x), 1))
    return {
        case: with_units(tmp_path_factory.mktemp(f"barely-{at}"), units)
        for at, (case, units) in enumerate(made.items())
    }


def summaries(key: str, run: Run) -> dict[str, np.ndarray]:
    return {p: v for p, v in computed(key, run).items() if p.startswith(SUMMARIES[key])}


@pytest.mark.parametrize("key", SUMMARIES)
def test_no_share_of_the_median_is_a_cliff(key, barely):
    """Just below and just above the share that is needed, however loud on one photograph."""
    constant = summaries(key, barely[None])
    assert constant
    for case in BARELY:
        for path, values in summaries(key, barely[case]).items():
            np.testing.assert_allclose(
                values,
                constant[path],
                atol=0.01,
                rtol=0,
                equal_nan=True,
                err_msg=f"{key}{path} at share and loudness {case}",
            )


def test_without_the_limit_there_would_be_a_cliff(barely, monkeypatch):
    constant = summaries("sharedness.leave_encoder_out", barely[None])[".summary.value"]
    monkeypatch.setattr(whitening, "REACH", 1e9)
    steps = [
        abs(
            float(
                summaries("sharedness.leave_encoder_out", barely[case])[".summary.value"] - constant
            )
        )
        for case in ((0.008, 10.0), (0.012, 10.0))
    ]
    assert steps[0] < 0.01 < 0.05 < steps[1]
