"""Which analyses run beside each other: never two that hold many samples of many units."""

from types import SimpleNamespace

import pytest

from substrate import pipeline
from substrate.analyses.defaults import first_look
from substrate.analyses.spec import stored
from substrate.encoder_ref import twins_of
from substrate.pipeline import Pipeline
from tests.support.planted import planted_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("large"), n=96, groups=24, untrained=1)


def asked(name, encoders, domains):
    return SimpleNamespace(key=name, inputs=lambda _run, _params: (encoders, domains)), None


def test_large_analyses_come_one_after_another_beside_the_small_ones(run, monkeypatch):
    encoders, domain = tuple(run.encoders), next(iter(run.domains))
    width = sum(run.encoders[e].layers[-1].width for e in encoders)
    monkeypatch.setattr(pipeline, "ANALYSIS_BYTES", 2 * 32 * 96 * width - 1)
    twins = twins_of(encoders, [0])
    todo = [
        asked("panel", encoders, (domain,)),
        asked("one", encoders[:1], (domain,)),
        asked("twins", twins, (domain,)),
        asked("another", encoders[1:2], (domain,)),
    ]
    found = Pipeline._side_by_side(run, todo)
    assert [[a.key for a, _ in chain] for chain in found] == [
        ["panel", "twins"],
        ["one"],
        ["another"],
    ]


def test_small_analyses_all_run_beside_each_other(run):
    todo = [asked(str(i), tuple(run.encoders), tuple(run.domains)) for i in range(3)]
    assert Pipeline._side_by_side(run, todo) == [[one] for one in todo]


def test_the_first_look_ends_with_the_work_that_it_runs_beside(run, monkeypatch):
    busy = iter([True, True, False])
    pipe = quietly(run, monkeypatch, twins=[])
    pipe._analyse(first_look, as_long_as=lambda: next(busy))
    done = [stored(analysis, run, params) is not None for analysis, params in first_look(run)]
    assert done[:2] == [True, True] and not any(done[2:])


def quietly(run, monkeypatch, *, twins):
    progress = SimpleNamespace(phase=lambda _: None, step=lambda *_: None, check=lambda: None)
    monkeypatch.setattr(Pipeline, "_so_far", lambda _self: run)
    monkeypatch.setattr(Pipeline, "_twins", lambda _self: twins)
    return Pipeline(None, run.store, progress, print, domains=dict(run.domains))


def test_the_first_look_computes_nothing_that_further_twins_would_change(run, monkeypatch):
    twins = [(SimpleNamespace(name=name), seed) for seed in (0, 1) for name in run.encoders]
    pipe = quietly(run, monkeypatch, twins=twins)
    whole = pipe._with_all_twins(run)
    assert [whole.untrained_seeds(name, "rich") for name in run.encoders] == [(0, 1)] * 4
    todo = list(first_look(run))
    keys = {analysis.key for analysis, _ in todo}
    settled = {analysis.key for analysis, _ in pipeline._settled(run, whole, todo)}
    assert keys - settled == {
        "directions.principal_angles",
        "directions.spectrum",
        "directions.two_encoders",
        "layers.all_encoders_untrained",
        "layers.two_encoders_untrained",
    }
