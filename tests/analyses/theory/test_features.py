"""Heads on a run's features: what the labels say, folds over photographs, few photographs."""

from dataclasses import replace

import numpy as np
import pytest

from substrate.analyses.spec import AnalysisError, obtain
from substrate.analyses.theory.features import APART, FEATURES, features_params
from substrate.exhibits.theory import head_words
from substrate.exhibits.verdict import Badge
from tests.support.training_store import training_run

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return training_run(tmp_path_factory.mktemp("heads"), n=96, groups=24, few=12, untrained=0)


def labelled_domains(run):
    return [d for d in run.domains if len(set(run.samples(d)["label"]) - {""}) > 1]


def test_points_and_theory_of_a_labelled_domain(run):
    domain = labelled_domains(run)[0]
    found = obtain(FEATURES, run, features_params(run, run.first_two[0], domain))
    assert [c.share for c in found.curves] == [0.2, 0.5, 0.8, 0.0]
    assert found.curves[-1].kind == APART
    noisy = found.curves[0], found.curves[2]
    less, more = (np.array([one.value for one in c.alignment]) for c in noisy)
    assert less.mean() > more.mean() and less[-1] > more[-1]
    for curve in found.curves:
        assert (np.diff(curve.samples) > 0).all() and curve.samples[-1] <= 96
        assert curve.drawn[-1] == curve.samples[-1]
        assert np.isfinite(curve.theory).all() and (curve.theory <= 1).all()
        assert all(0 <= one.value <= 1 for one in curve.error)
        interval = curve.alignment[0]
        assert interval.low <= interval.value <= interval.high
        assert interval.n_units == run.domains[domain].photographs
    assert 0 < found.explained < 1


def test_a_seed_gives_the_same_again(run):
    domain = labelled_domains(run)[0]
    params = features_params(run, run.first_two[0], domain)
    first, again = (FEATURES.compute(run, params) for _ in range(2))
    for one, other in zip(first.curves, again.curves, strict=True):
        assert [e.value for e in one.alignment] == [e.value for e in other.alignment]


def test_unlabelled_domains_are_refused_with_the_reason(run):
    bare = [d for d in run.domains if not set(run.samples(d)["label"]) - {""}]
    if not bare:
        pytest.skip("every domain of this store has labels")
    with pytest.raises(AnalysisError, match="no labels"):
        FEATURES.compute(run, features_params(run, run.first_two[0], bare[0]))


def test_labels_without_meaning_make_no_claim_and_few_groups_no_headline(run):
    domain = labelled_domains(run)[0]
    found = obtain(FEATURES, run, features_params(run, run.first_two[0], domain))
    assert head_words.verdict(found).badge is Badge.UNTOLD
    assert "they err more in 0 and less in 0" in head_words.context(found)
    reason = "No interval: 6 photographs, and at least 10 are needed."

    def bare(each):
        return tuple(one.without_bounds(reason) for one in each)

    curves = tuple(
        replace(c, alignment=bare(c.alignment), error=bare(c.error)) for c in found.curves
    )
    few = replace(found, curves=curves)
    assert head_words.verdict(few) is None
    assert head_words.sentence(few, "A", "B").startswith("Within these photographs, two linear")
    assert reason in head_words.context(few) and "err more" not in head_words.context(few)
