"""The quantities of steps along the depth: planted ways, kinds that differ, and what is missing."""

from dataclasses import replace
from itertools import permutations
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from substrate.analyses.claims import steps
from substrate.analyses.claims.questions import QUESTIONS
from substrate.analyses.claims.steps import QUANTITIES, compute_step_claims, nearest_correlation
from substrate.analyses.layers.kept_targets import statistics
from substrate.analyses.layers.smoothness import CONVOLUTIONAL, TRANSFORMERS
from substrate.claims.draft import lacking
from substrate.claims.measures import MEASURES, lead_scale
from substrate.claims.preregistered import register
from substrate.numerics.depth.steps import distances, equal_parts
from substrate.numerics.metrics.imbalance import compare, prepare
from substrate.runs import Run
from tests.support.planted import LAYERS, hash_of, planted_run

SMOOTH = tuple(f"t{i}" for i in range(4))
JUMPING = tuple(f"c{i}" for i in range(4))
#: How far along the way each layer is: evenly, or in one leap after the third layer.
EVEN = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
LEAP = np.array([0.0, 0.05, 0.1, 0.95, 1.0])
LATE = np.array([0.0, 0.1, 0.2, 0.3, 1.0])
DEPTHS = np.linspace(0, 1, 6)[:5]


@pytest.fixture(autouse=True, scope="module")
def few_blocks():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "BLOCKS", 10)
        yield


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    encoders = dict.fromkeys((*SMOOTH, *JUMPING), 24)
    return planted_run(
        tmp_path_factory.mktemp("steps"), n=60, groups=20, encoders=encoders, untrained=5
    )


def planted(run, monkeypatch, ways, classifiers, keep=1.0):
    """Lay the layers of every network on a way from image statistics to latents of their own.

    Classifiers end far from the statistics, the others turn back to them. Twins are noise.
    """
    known = statistics(run, "rich", 0)
    stats_ = stats.zscore(known.task.values, axis=0)[:, :6]
    goal = np.random.default_rng(1).normal(size=(len(stats_), 24))

    def features(ref, _domain, layer):
        name, _, twin = str(ref).partition("~")
        rng = np.random.default_rng(hash_of(f"{ref}/{layer}"))
        noise = rng.normal(size=(len(goal), 24))
        if twin:
            return SimpleNamespace(features=noise)
        u = ways[name][LAYERS.index(layer)]
        mixing = np.random.default_rng(5).normal(size=(6, 24)) / 2
        kept = stats_ @ mixing
        x = (1 - u) * kept + u * goal
        if name not in classifiers and layer == "penultimate":
            x = x + keep * kept
        return SimpleNamespace(features=x + 0.2 * noise)

    kinds = {n: TRANSFORMERS for n in SMOOTH} | {n: CONVOLUTIONAL for n in JUMPING}
    monkeypatch.setattr(steps, "KINDS", kinds)
    monkeypatch.setattr(Run, "representation", lambda _run, *what: features(*what))
    for name in run.encoders:
        kind = "supervised" if name in classifiers else "contrastive"
        object.__setattr__(run.encoders[name], "paradigm", kind)


def lead(found, key, control):
    effect = found.estimate(lambda q: MEASURES[key](q).lead(control), scale=lead_scale(key))
    assert effect.low is not None, effect.reason
    return effect


def test_planted_ways_are_told_and_twins_are_not_taken_for_them(run, monkeypatch):
    ways = dict.fromkeys(SMOOTH, EVEN) | dict.fromkeys(JUMPING, LEAP)
    planted(run, monkeypatch, ways, {*SMOOTH[:2], *JUMPING[:2]})
    ((_, params),) = QUESTIONS["steps"](run)
    assert params.seeds == (0, 1, 2, 3, 4)
    found = compute_step_claims(run, params)
    assert found.quantities == QUANTITIES
    assert len(found.left_out) == 6
    given = found.named()
    assert given["depth"] > 0.8
    assert abs(given["depth untrained"]) < 0.35
    assert given["variation transformers"] + 0.2 < given["variation convolutional"]
    assert given["low-level classifiers"] < given["low-level others"]
    assert lead(found, "steps_same_depth", "untrained twins").low > 0
    assert lead(found, "steps_smooth", "untrained twins").high < 0
    assert not any(lacking(c, found) for c in register().claims if c.theme == "steps")


def test_kinds_that_do_not_differ_are_not_told_apart_and_what_classifiers_lose_is(run, monkeypatch):
    planted(run, monkeypatch, dict.fromkeys(run.encoders, LATE), {*SMOOTH[:2], *JUMPING[:2]}, 3.0)
    ((_, params),) = QUESTIONS["steps"](run)
    found = compute_step_claims(run, params)
    effect = lead(found, "steps_smooth", "convolutional networks")
    assert effect.low < 0 < effect.high
    assert lead(found, "steps_low_level", "encoders trained without labels").high < 0
    assert lead(found, "steps_low_level", "untrained twins").high < 0


def test_a_side_of_one_encoder_is_not_tested(run, monkeypatch):
    planted(run, monkeypatch, dict.fromkeys(run.encoders, EVEN), {*run.encoders} - {"t0"})
    ((_, params),) = QUESTIONS["steps"](run)
    found = compute_step_claims(run, replace(params, seeds=()))
    assert found.missing["low-level"].endswith("this study has 7 and 1.")
    assert np.isnan(found.named()["low-level classifiers"])
    assert found.named()["variation transformers"] > 0


@pytest.fixture(scope="module")
def measured(run):
    ((_, params),) = QUESTIONS["steps"](run)
    return params, compute_step_claims(run, params)


def test_values_are_those_of_the_definition(run, measured):
    params, found = measured[0], measured[1].named()
    groups = run.groups("rich")
    states = {
        name: [
            prepare(run.representation(name, "rich", layer).features, groups=groups)
            for layer in LAYERS[:-1]
        ]
        for name in params.encoders
    }
    correlations = []
    for first, second in permutations(states, 2):
        near = [
            DEPTHS[np.argmin([compare(a, b) + compare(b, a) for b in states[second]])]
            for a in states[first]
        ]
        alike = len(set(near)) == 1
        correlations.append(0.0 if alike else stats.spearmanr(DEPTHS, near).statistic)
    assert found["depth"] == pytest.approx(np.mean(correlations))
    assert np.isnan(found["variation transformers"])  # families of this store are of neither kind


def test_what_a_study_lacks_is_said(run, measured):
    params, found = measured
    assert "It needs 8 transformers and CNNs of different recipes" in found.missing["variation"]
    few = steps.StepClaimsParams(params.encoders[:4], "rich", params.seeds[:1])
    short = compute_step_claims(run, few)
    assert short.left_out == ()
    assert short.reason == "4 encoders of different recipes, and at least 8 are needed."
    (claim,) = (c for c in register().claims if c.key == "steps_same_depth")
    assert lacking(claim, short).startswith("It needs 8 encoders of different recipes")


def test_the_nearest_layers_order_is_a_rank_correlation():
    depth = np.array([0.0, 0.3, 0.6, 1.0])
    near = np.abs(np.subtract.outer(depth, depth))
    assert nearest_correlation(near, depth, depth) == pytest.approx(1.0)
    assert nearest_correlation(near[:, ::-1], depth, depth) == pytest.approx(-1.0)
    assert nearest_correlation(np.ones((4, 4)), depth, depth) == 0.0
    assert np.isnan(nearest_correlation(near[:2], depth[:2], depth))


def test_layers_that_change_nothing_are_no_depth():
    """Copies of layers, inserted anywhere, leave the equal parts as they are."""
    rng = np.random.default_rng(0)
    way = np.cumsum(rng.normal(size=(5, 60, 8)), axis=0)
    own = equal_parts(distances([prepare(x) for x in way]), 8)
    copied = [way[i] for i in (0, 0, 1, 2, 2, 2, 3, 4, 4)]
    assert equal_parts(distances([prepare(x) for x in copied]), 8) == pytest.approx(own)
    total = np.diagonal(distances([prepare(x) for x in way]), 1).sum()
    assert own.sum() == pytest.approx(total)
    line = np.abs(np.subtract.outer(np.arange(4.0), np.arange(4.0)))
    assert equal_parts(line, 8) == pytest.approx(np.full(8, 3 / 8))
