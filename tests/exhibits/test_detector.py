"""The detector's exhibits: page and report show the same ones, and every view can be had."""

import dataclasses

import numpy as np
import pytest

from substrate.analyses.detector import accuracy as detector_analysis
from substrate.analyses.detector.accuracy import (
    DETECTOR,
    DETECTOR_SWEEP,
    DETECTOR_WITHOUT,
    DetectorSweepParams,
    WithoutParams,
    detector_params,
)
from substrate.analyses.detector.image import DetectionResult
from substrate.analyses.detector.tables import BY_PHOTOGRAPH, NAIVE, SPLITS, accuracy_of
from substrate.analyses.spec import obtain
from substrate.exhibits.detector import exhibits, verdicts, words
from substrate.exhibits.detector.section import detector
from substrate.exhibits.exhibit import domain_titles
from substrate.figures.theme import LIGHT
from substrate.runs import Run
from substrate.wording import TILES, percent, points
from tests.support.placed import assert_same, said, watch_charts
from tests.support.planted import planted_run

DEFAULT = ["transfer-detector-accuracies", "transfer-detector-confusion"]
FURTHER = ["transfer-detector-sweep", "transfer-detector-without"]
TITLES = {"rich": "Rich", "few": "Few"}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    run = planted_run(tmp_path_factory.mktemp("detector"), n=96, groups=24, untrained=1)
    params = detector_params(run)
    for analysis, given in (
        *detector_analysis.defaults(run),
        (DETECTOR_SWEEP, DetectorSweepParams(params.encoders, params.domains, params.seed)),
        (
            DETECTOR_WITHOUT,
            WithoutParams(params.encoders, params.domains, params.components, params.seed),
        ),
    ):
        obtain(analysis, run, given)
    return run


def test_the_report_lists_the_default_figures_and_every_view(run):
    assert [e.key for e in detector(run, LIGHT).items] == DEFAULT
    shown = detector(run, LIGHT, every=True).items
    assert [e.key for e in shown] == DEFAULT + FURTHER
    assert all(e.figure is not None and e.sentence and e.table is not None for e in shown)


def test_the_page_places_what_the_report_lists(run, open_page, monkeypatch):
    placed = watch_charts(monkeypatch)
    app = open_page("transfer.py", run.store.root, view="Domain detector")
    assert not app.exception
    text, shown = said(app), detector(run, LIGHT, every=True).items
    for exhibit in shown:
        assert_same(exhibit, placed[exhibit.key])
        assert exhibit.read in text
    opening, _, *further = shown
    assert opening.sentence in text and opening.context in text
    assert all(exhibit.sentence in text for exhibit in further)


def test_one_domain_has_nothing_to_tell_apart(run):
    record = {**run.record, "domains": run.record["domains"][:1]}
    assert detector(Run(run.run_id, run.store, record), LIGHT, every=True).items == ()


def test_without_pictures_the_pixel_baseline_is_left_out(run):
    domains = [{**domain, "pictured": False} for domain in run.record["domains"]]
    shown = detector(Run(run.run_id, run.store, {**run.record, "domains": domains}), LIGHT).items
    names = shown[0].table["of"].tolist()
    assert shown[0].figure is not None
    assert any("substrate" in name for name in names) and not any("pixel" in name for name in names)


@pytest.mark.parametrize("split", SPLITS)
def test_the_commonest_confusion_is_named_with_its_counts(run, split):
    result = obtain(DETECTOR, run, detector_params(run))
    accuracy = accuracy_of(result, split)
    assert accuracy is (result.by_photograph if split == BY_PHOTOGRAPH else result.naive)
    few_for_rich, rich_for_few = accuracy.confusion[0, 1], accuracy.confusion[1, 0]
    sentence = words.confusion_sentence(result, split, domain_titles(run))
    if max(few_for_rich, rich_for_few) == 0:
        assert "no image is named" in sentence
    elif few_for_rich >= rich_for_few:
        assert f"Few is most often named as Rich: {few_for_rich} of 96 images" in sentence
    else:
        assert f"Rich is most often named as Few: {rich_for_few} of 96 images" in sentence
    assert ("random split" in sentence) == (split == NAIVE)


def test_the_sweep_says_what_the_fewest_and_the_most_directions_reach(run):
    params = detector_params(run)
    result = obtain(DETECTOR_SWEEP, run, DetectorSweepParams(params.encoders, params.domains, 0))
    sentence = words.sweep_sentence(result)
    for place in (0, -1):
        reached, k = result.by_photograph[place], result.components[place]
        assert percent(reached.value) in sentence and f"with {k} directions" in sentence
    assert "guessing" not in sentence and "within these photographs" in sentence
    exhibit = exhibits.sweep(result, LIGHT)
    assert exhibit.trace["K"] == ", ".join(map(str, result.components))
    assert exhibit.trace["basis without"] == "none"


def test_a_basis_without_the_domain_is_set_against_the_whole(run):
    params = detector_params(run)
    everything = obtain(DETECTOR, run, params)
    result = obtain(
        DETECTOR_WITHOUT, run, WithoutParams(params.encoders, params.domains, params.components, 0)
    )
    full = [interval.value for interval in everything.by_photograph.recalls]
    changes = [recall.value - whole for recall, whole in zip(result.recalls, full, strict=True)]
    sentence = words.without_sentence(result, everything, TITLES)
    assert f"by {points(min(changes))} to {points(max(changes))} points" in sentence
    assert TITLES[result.domains[int(np.argmin(changes))]] in sentence


@pytest.mark.parametrize(
    ("lead", "said"),
    [
        (0.011, "flatters the detector by 1 point"),
        (0.132, "flatters the detector by 13 points"),
        (-0.02, "costs the detector by 2 points"),
        (0.001, "accuracy by 0 points"),
    ],
)
def test_what_a_split_within_photographs_flatters_is_counted_in_points(run, lead, said):
    result = obtain(DETECTOR, run, detector_params(run))
    known = result.by_photograph.balanced
    moved = dataclasses.replace(known, value=known.value + lead)
    naive = dataclasses.replace(result.naive, balanced=moved)
    short = verdicts.of_flattery(dataclasses.replace(result, naive=naive)).short
    assert short.endswith(said) and result.nouns.groups in short


def test_probabilities_come_with_their_own_data():
    result = DetectionResult(
        "rich",
        "rich",
        {"few": 0.2, "rich": 0.8},
        0.5,
        1.0,
        0.2,
        0.9,
        4.0,
        False,
        np.array([0.5, -4.0, 1.0]),
        (("few", 0),),
        np.array([0.3]),
        (),
        "2 images of 2 photographs",
        3,
        0,
        TILES,
    )
    table = exhibits.probabilities(result, LIGHT, TITLES).table
    assert table.to_dict("list") == {"domain": ["rich", "few"], "probability": [0.8, 0.2]}
    scores = exhibits.image_scores(result, LIGHT, TITLES).table
    assert scores.to_dict("list") == {"direction": [1, 2, 3], "score": [0.5, -4.0, 1.0]}


def test_accuracies_are_set_beside_guessing_where_photographs_allow_an_interval(run):
    """One of the two domains has too few; with an interval both sentences would compare."""
    params = detector_params(run)
    result = obtain(DETECTOR, run, params)
    sentence = words.detector_sentence(result, None)
    assert "guessing" not in sentence and "within these photographs" in sentence
    shown = exhibits.accuracies(result, None, LIGHT, TITLES).figure
    assert "guessing" not in [trace.name for trace in shown.data]
    balanced = dataclasses.replace(result.by_photograph.balanced, low=0.1, high=0.6, reason="")
    accuracy = dataclasses.replace(result.by_photograph, balanced=balanced)
    rich = dataclasses.replace(result, by_photograph=accuracy)
    assert "where guessing gives 50 %" in words.detector_sentence(rich, None)
    shown = exhibits.accuracies(rich, None, LIGHT, TITLES).figure
    assert "guessing" in [trace.name for trace in shown.data]
    sweep = obtain(DETECTOR_SWEEP, run, DetectorSweepParams(params.encoders, params.domains, 0))
    assert "guessing" not in [trace.name for trace in exhibits.sweep(sweep, LIGHT).figure.data]
    more = dataclasses.replace(sweep, by_photograph=(*sweep.by_photograph[:-1], balanced))
    assert "guessing gives 50 %" in words.sweep_sentence(more)
    assert "guessing" in [trace.name for trace in exhibits.sweep(more, LIGHT).figure.data]
