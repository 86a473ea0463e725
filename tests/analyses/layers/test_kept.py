"""What layers keep: planted statistics are found, untrained twins beside, classifiers tested."""

import json
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from substrate.analyses.layers.kept import (
    KEPT,
    KEPT_UNTRAINED,
    kept_params,
)
from substrate.analyses.layers.kept_contrast import contrast
from substrate.analyses.layers.kept_measure import (
    ALL_STATISTICS,
    DIMENSION,
    IMBALANCE,
    LABELS,
    QUANTITIES,
    last_change,
)
from substrate.analyses.layers.kept_targets import COLOUR, FAMILIES, LUMINANCE, statistics
from substrate.analyses.spec import obtain
from substrate.encoder_ref import UNSTATED
from substrate.numerics.depth.held_out import held_out_ridge
from substrate.runs import open_run, runs_directory
from tests.support.planted import planted_run

EIGHT = dict.fromkeys(("one", "two", "three", "four", "five", "six", "seven", "eight"), 24)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("kept"), n=60, groups=15, untrained=2)


@pytest.fixture(scope="module")
def found(run):
    return obtain(KEPT, run, kept_params(run, "rich"))


@pytest.fixture(scope="module")
def twins(run):
    return obtain(KEPT_UNTRAINED, run, kept_params(run, "rich"))


def test_what_the_images_show_is_found_in_layers_that_hold_it_and_not_in_twins(found, twins):
    """Channels of planted images are the latents that trained encoders share."""
    for one in found.encoders:
        row = one.row(LUMINANCE)
        assert one.values[row, -1] > 0.6 and one.low[row, -1] > 0.3
        assert twins.of(one.encoder).values[:, row, -1].max() < 0.2
        assert one.values[one.row(IMBALANCE), -1] < 0.85
        assert twins.of(one.encoder).values[:, one.row(IMBALANCE), -1].min() > 0.7


def test_layers_end_with_the_last_features_and_every_number_has_an_interval(run, found):
    assert [layer.name for layer in run.encoders["alpha"].feature_layers][-1] == "penultimate"
    one = found.of("alpha")
    assert one.layers[-1] == "penultimate" and "logits" not in one.layers
    assert one.values.shape == (len(QUANTITIES), len(one.layers))
    assert found.missing == {} and found.reason == ""
    for values, low, high in (
        (one.values, one.low, one.high),
        (one.change, one.change_low, one.change_high),
    ):
        assert np.isfinite(values).all()
        assert (low <= values + 1e-12).all() and (values <= high + 1e-12).all()
    r2 = [one.row(name) for name in (ALL_STATISTICS, *FAMILIES)]
    assert one.high[r2].max() <= 1.0 and one.low[one.row(DIMENSION)].min() > 0
    mean = one.values[[one.row(name) for name in FAMILIES]].mean(axis=0)
    np.testing.assert_allclose(one.values[one.row(ALL_STATISTICS)], mean)


def test_three_classes_dealt_at_random_are_not_told_apart(found):
    row = QUANTITIES.index(LABELS)
    assert found.classes == 3
    assert all(one.low[row, -1] < 0.1 for one in found.encoders)


def test_few_photographs_have_values_and_no_interval(run):
    few = obtain(KEPT, run, kept_params(run, "few"))
    one = few.of("alpha")
    assert few.reason == "No interval: 3 photographs, and at least 10 are needed."
    assert np.isnan(one.low).all() and np.isnan(one.change_high).all()
    assert np.isfinite(one.values[one.row(COLOUR)]).all()
    tested = contrast(run, few, None, COLOUR)
    assert "3 photographs" in tested.reason and np.isnan(tested.low)


def test_features_from_files_have_labels_and_dimension_alone(tmp_path):
    run = without_images(planted_run(tmp_path, n=40, groups=10, untrained=1))
    found = obtain(KEPT, run, kept_params(run, "rich"))
    assert set(found.missing) == {ALL_STATISTICS, *FAMILIES, IMBALANCE}
    assert "has no images" in found.missing[ALL_STATISTICS]
    one = found.of("alpha")
    assert np.isfinite(one.values[[one.row(LABELS), one.row(DIMENSION)]]).all()
    assert np.isnan(one.values[one.row(LUMINANCE)]).all()


def without_images(run):
    record = json.loads(json.dumps(run.record))
    record.pop("seal", None)
    for domain in record["domains"]:
        domain["pictured"] = False
    (runs_directory(run.store) / f"{run.run_id}.json").write_text(json.dumps(record))
    return open_run(run.store, run.run_id)


def test_a_unit_that_hardly_varies_changes_no_prediction(run):
    known = statistics(run, "rich", 0)
    task = known.task
    columns = [known.columns(name) for name in known.varying]
    x = run.representation("alpha", "rich").features[task.rows].astype(float)
    loud = np.zeros((len(x), 1))
    loud[7] = 1e-3 * np.median(x.std(axis=0))
    plain, dead = (
        held_out_ridge(features, task.values, task.groups, task.fold, columns).predicted
        for features in (np.hstack([x, 0 * loud]), np.hstack([x, loud]))
    )
    np.testing.assert_allclose(dead, plain)


def test_the_change_starts_on_the_line_between_layers():
    depth = np.array([0.0, 0.5, 1.0])
    assert last_change(depth, np.array([0.0, 0.6, 1.2])) == pytest.approx(1.2 - 0.8)
    assert last_change(0.5 * depth, np.array([0.0, 0.6, 1.2])) == pytest.approx(0.4)
    assert np.isnan(last_change(np.array([1.0]), np.array([[0.3]]))).all()


def test_two_classifiers_against_two_others_cannot_be_tested(run, found, twins):
    tested = contrast(run, found, twins, ALL_STATISTICS)
    assert tested.reason == (
        "It cannot be tested: 2 classifiers and 2 others, by recipe; at least 3 each are needed."
    )
    assert np.isnan(tested.low) and tested.twins.shape == (2,)
    row = QUANTITIES.index(ALL_STATISTICS)
    sides = [
        [found.of(n).change[row] for n in pair] for pair in (("alpha", "beta"), ("gamma", "delta"))
    ]
    assert tested.difference == pytest.approx(np.mean(sides[0]) - np.mean(sides[1]))


@pytest.fixture(scope="module")
def four_each(tmp_path_factory):
    """Plant eight encoders; the last features of four, called classifiers, hold noise alone."""
    run = planted_run(
        tmp_path_factory.mktemp("eight"), n=60, groups=20, untrained=1, encoders=EIGHT, seed=3
    )
    record = json.loads(json.dumps(run.record))
    record.pop("seal", None)
    rng = np.random.default_rng(0)
    for place, one in enumerate(record["encoders"]):
        one["paradigm"] = "supervised" if place < 4 else "contrastive"
        if place < 4:
            key = run.pairs[f"{one['name']}/rich"]
            entry = run.store.get(key)
            arrays = {name: np.array(entry.array(name)) for name in entry.names}
            arrays["penultimate"] = rng.normal(size=arrays["penultimate"].shape)
            record["pairs"][f"{one['name']}/rich"] = f"{key[:-4]}beef"
            run.store.put(f"{key[:-4]}beef", arrays=arrays, meta={"kind": "features"})
    (runs_directory(run.store) / f"{run.run_id}.json").write_text(json.dumps(record))
    return open_run(run.store, run.run_id)


def test_classifiers_that_lose_what_others_keep_are_told(four_each):
    run = four_each
    found = obtain(KEPT, run, kept_params(run, "rich"))
    tested = contrast(run, found, None, LUMINANCE)
    assert tested.reason == "" and len(tested.classifiers) == len(tested.others) == 4
    assert tested.high < 0 and tested.difference < -0.4
    without = replace(found, encoders=found.encoders[1:])
    assert contrast(run, without, None, LUMINANCE).reason.endswith("at least 8 are needed.")
    first = found.encoders[0].encoder
    unknown = replace(run.encoders[first], paradigm=UNSTATED)
    record = SimpleNamespace(encoders={**run.encoders, first: unknown}, recipe=run.recipe)
    neither = contrast(record, found, None, LUMINANCE)
    assert neither.unstated == (first,) and len(neither.classifiers) == 3
    assert len(neither.others) == 4
    equal = contrast(run, found, None, LABELS)
    assert equal.low < 0.3 and equal.high > -0.3
