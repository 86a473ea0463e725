"""The Transfer page's figures: what they draw is read back from them."""

import json

import numpy as np
import pytest

from substrate.analyses.detector.accuracy import (
    DETECTOR,
    DETECTOR_PIXELS,
    DETECTOR_SWEEP,
    DETECTOR_WITHOUT,
    DetectorSweepParams,
    PixelParams,
    WithoutParams,
    detector_params,
)
from substrate.analyses.detector.image import DetectionResult
from substrate.analyses.detector.tables import NAIVE
from substrate.analyses.spec import obtain
from substrate.analyses.transfer.all_domains import (
    TRANSFER_DOMAINS,
    domains_params,
)
from substrate.analyses.transfer.low_shot import (
    LOW_SHOT,
    low_shot_params,
)
from substrate.analyses.transfer.scores import (
    HYBRID,
    LINEAR,
    NEIGHBOURS,
    TRANSFER,
    transfer_params,
)
from substrate.analyses.transfer.tables import NAMES, TIMED
from substrate.figures import heading
from substrate.figures.detector import accuracy as detector_figures
from substrate.figures.detector import image as image_figures
from substrate.figures.detector import robustness
from substrate.figures.theme import DARK, LIGHT
from substrate.figures.transfer import all_domains
from substrate.figures.transfer import low_shot as low_shot_figures
from substrate.figures.transfer import scores as figures
from substrate.figures.transfer.seconds import seconds_chart
from substrate.runs import Run
from substrate.wording import TILES
from tests.support.planted import (
    ENCODERS,
    planted_run,
)

TITLES = {name: name.title() for name in ENCODERS}
DOMAINS = {"rich": "Rich", "few": "Few"}


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    return planted_run(tmp_path_factory.mktemp("figures"), n=90, untrained=1, few=12)


@pytest.fixture(scope="module")
def found(run):
    return obtain(TRANSFER, run, transfer_params(run, "rich"))


@pytest.fixture(scope="module")
def told(run):
    return obtain(DETECTOR, run, detector_params(run, 8))


def trace(figure, start):
    return next(t for t in figure.data if (t.name or "").startswith(start))


def stated(figure) -> str:
    return " ".join((*heading.facts(figure), *(a.text for a in figure.layout.annotations)))


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_most_accurate_encoder_is_on_top_with_intervals_twin_and_chance(found, theme):
    figure = figures.accuracy_chart(found, theme, TITLES)
    ordered = found.ordered(LINEAR)
    linear = trace(figure, "Linear probe")
    assert list(figure.layout.yaxis.ticktext) == [TITLES[row.encoder] for row in ordered]
    assert figure.layout.yaxis.range == (3.5, -0.5)
    np.testing.assert_allclose(linear.x, [row.linear.value for row in ordered])
    ends = np.array(linear.x) + np.array(linear.error_x.array)
    np.testing.assert_allclose(ends, [row.linear.high for row in ordered])
    near = trace(figure, "Nearest neighbours")
    np.testing.assert_allclose(near.x, [row.neighbours.value for row in ordered])
    twin = trace(figure, "Untrained twin (seed 0)")
    np.testing.assert_allclose(twin.x, [row.untrained.value for row in ordered])
    assert figure.layout.shapes[0].x0 == pytest.approx(1 / 3)
    assert figure.layout.xaxis.range == (-0.02, 1.03)
    assert figure.layout.paper_bgcolor == theme.paper
    assert "90 tiles of 30 photographs, 3 classes" in stated(figure)
    assert "seed 0" in stated(figure)


def test_no_intervals_are_drawn_within_photographs(tmp_path):
    run = planted_run(tmp_path, untrained=0)
    within = obtain(TRANSFER, run, transfer_params(run, "few"))
    figure = figures.accuracy_chart(within, LIGHT, TITLES, NEIGHBOURS)
    assert all(t.error_x.array is None for t in figure.data)
    assert not any("Untrained" in t.name for t in figure.data)
    assert "held-out parts" in figure.layout.xaxis.title.text


def test_rank_correlations_stand_before_what_shuffling_gives(found):
    figure = figures.agreement_chart(found, NEIGHBOURS, LIGHT)
    rows = [a for a in found.agreements if a.against == NEIGHBOURS]
    assert list(figure.layout.yaxis.ticktext) == [
        f"{NAMES[a.score]} (n = {len(a.encoders)})" for a in rows
    ]
    assert figure.layout.yaxis.ticktext[-1].startswith(NAMES[HYBRID])
    known = [a for a in rows if a.kendall is not None]
    tau, weighted = trace(figure, "Kendall"), trace(figure, "weighted")
    np.testing.assert_allclose(tau.x, [a.kendall.value for a in known])
    np.testing.assert_allclose(weighted.x, [a.weighted.value for a in known])
    assert tau.marker.symbol != weighted.marker.symbol
    band = trace(figure, "Encoders shuffled")
    assert (band.x[0], band.x[1]) == known[0].kendall_chance
    low, high = figure.layout.xaxis.range
    drawn = [x for x in (*tau.x, *weighted.x, *band.x) if x is not None]
    assert low < min(drawn) and high > max(drawn) and high - low < 2.4


def test_every_domain_has_a_column_and_the_mean_the_last(run):
    found = obtain(TRANSFER_DOMAINS, run, domains_params(run, ("rich", "few")))
    figure = all_domains.domains_heatmap(found, LINEAR, LIGHT, DOMAINS)
    heat = figure.data[0]
    np.testing.assert_allclose(np.asarray(heat.z)[:, :2], found.taus[LINEAR], rtol=1e-6)
    assert (heat.zmin, heat.zmid, heat.zmax) == (-1, 0, 1)
    assert list(figure.layout.xaxis.ticktext) == ["Rich", "Few", "mean"]
    means = all_domains.domains_means(found, LINEAR, DARK)
    known = [m.value for m in found.means[LINEAR] if m is not None]
    np.testing.assert_allclose(trace(means, "measured").x, known)


@pytest.mark.parametrize("score", ["consensus", "leep", "size"])
def test_a_score_is_drawn_against_the_accuracy(found, score):
    figure = figures.score_scatter(found, score, LINEAR, DARK, TITLES)
    points = {title: trace(figure, title) for title in TITLES.values()}
    for row in found.rows:
        (x,), (y,) = (points[TITLES[row.encoder]][axis] for axis in "xy")
        assert (x, y) == pytest.approx((row.scores[score], row.linear.value))
    low, high = figure.layout.yaxis.range
    assert all(low < row.linear.low and row.linear.high < high for row in found.rows)
    assert len({(p.marker.color, p.marker.symbol) for p in points.values()}) == len(points)


def test_a_score_that_no_encoder_has_leaves_an_empty_chart(run):
    record = json.loads(json.dumps(run.record))
    for encoder in record["encoders"]:
        encoder["parameters"] = None
    without = Run(run.run_id, run.store, record)
    found = obtain(TRANSFER, without, transfer_params(without, "few"))
    # The stored result of the same inputs is of encoders with weights: compute it anew.
    found = TRANSFER.compute(without, transfer_params(without, "few"))
    figure = figures.score_scatter(found, "size", LINEAR, LIGHT, TITLES)
    assert not [t for t in figure.data if t.name in TITLES.values()]


def test_seconds_are_on_a_logarithmic_axis_the_quickest_on_top(found):
    figure = seconds_chart(found, LIGHT)
    medians = trace(figure, "median")
    assert list(medians.x) == sorted(medians.x) and figure.layout.xaxis.type == "log"
    assert set(figure.layout.yaxis.ticktext) == set(TIMED.values())
    assert "one thread" in stated(figure)


def test_the_detector_stands_beside_what_flatters_it(run, told):
    params = detector_params(run, 8)
    pixels = obtain(DETECTOR_PIXELS, run, PixelParams(params.domains, 8, 0))
    figure = detector_figures.accuracies(told, pixels, DARK)
    held, flattered = trace(figure, "Photographs not"), trace(figure, "Parts of")
    np.testing.assert_allclose(
        held.x, [told.by_photograph.balanced.value, pixels.by_photograph.balanced.value]
    )
    np.testing.assert_allclose(
        flattered.x, [told.naive.balanced.value, pixels.naive.balanced.value]
    )
    assert held.error_x.array is not None and flattered.error_x.array is None
    assert figure.layout.shapes[0].x0 == 0.5
    assert "180 images of 42 photographs" in stated(figure) and "K = 8" in stated(figure)
    assert len(detector_figures.accuracies(told, None, LIGHT).layout.yaxis.ticktext) == 2


def written(figure):
    """Return the whole numbers that stand on the cells of a matrix."""
    numbers = np.zeros(np.asarray(figure.data[0].z).shape, int)
    for trace in figure.data[1:]:
        if trace.mode == "text":
            numbers[list(trace.y), list(trace.x)] = [int(text) for text in trace.text]
    return numbers


def test_the_confusion_shows_shares_of_the_true_domain(told):
    figure = detector_figures.confusion(told, LIGHT, DOMAINS)
    heat = figure.data[0]
    np.testing.assert_allclose(np.asarray(heat.z).sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(written(figure), told.by_photograph.confusion)
    assert (heat.zmin, heat.zmax) == (0, 1)
    assert list(figure.layout.yaxis.ticktext) == ["Few", "Rich"]
    assert tuple(figure.layout.yaxis.range) == (1.5, -0.5)
    assert figure.layout.yaxis.scaleanchor == "x"
    naive = detector_figures.confusion(told, LIGHT, DOMAINS, NAIVE)
    np.testing.assert_array_equal(written(naive), told.naive.confusion)


def test_the_sweep_and_the_bases_show_what_was_measured(run, told):
    params = detector_params(run, 8)
    swept = obtain(DETECTOR_SWEEP, run, DetectorSweepParams(params.encoders, params.domains, 0))
    figure = robustness.sweep_curve(swept, LIGHT)
    solid = trace(figure, "By photograph")
    assert list(solid.x) == list(swept.components)
    np.testing.assert_allclose(solid.y, [i.value for i in swept.by_photograph])
    assert trace(figure, "Random split").line.dash == "dash"
    assert swept.units == told.units and told.units.text in stated(figure)
    without = obtain(DETECTOR_WITHOUT, run, WithoutParams(params.encoders, params.domains, 8, 0))
    figure = robustness.without_chart(without, told, DARK, DOMAINS)
    assert f"K = 8 of {told.units.text}" in stated(figure)
    np.testing.assert_allclose(trace(figure, "basis without").x, [i.value for i in without.recalls])
    np.testing.assert_allclose(
        trace(figure, "basis of all").x, [i.value for i in told.by_photograph.recalls]
    )


def detection(domain: str) -> DetectionResult:
    return DetectionResult(
        domain,
        "rich",
        {"few": 0.2, "rich": 0.8},
        1.5,
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


def test_an_image_has_its_probabilities_and_scores():
    inside, outside = detection("rich"), detection("none of these")
    figure = image_figures.probabilities(inside, LIGHT, DOMAINS)
    assert list(figure.data[0].x) == [0.8, 0.2]
    assert list(figure.layout.yaxis.ticktext) == ["Rich", "Few"]
    assert figure.layout.xaxis.range == (0, 1.02)
    assert image_figures.probabilities(outside, LIGHT, DOMAINS).data[0].marker.color == (
        LIGHT.missing
    )
    scores = image_figures.image_scores(inside, DARK)
    assert list(scores.data[0].y) == [0.5, -4.0, 1.0]
    assert scores.layout.yaxis.range == (-4.4, 4.4)


def test_few_labels_are_drawn_for_every_space(run):
    found = obtain(LOW_SHOT, run, low_shot_params(run, "rich", 8))
    curves = low_shot_figures.curves(found, LIGHT, TITLES)
    ours = trace(curves, "8 substrate scores")
    np.testing.assert_allclose(ours.y, [i.value for i in found.spaces[0].accuracies])
    assert ours.line.width > trace(curves, "Alpha, 40 units").line.width
    assert list(curves.layout.xaxis.ticktext) == [str(s) for s in found.shots]
    ahead = low_shot_figures.differences(found, DARK, TITLES)
    alpha = trace(ahead, "Alpha")
    np.testing.assert_allclose(alpha.y, [-100 * i.value for i in found.space("alpha").differences])
    low, high = ahead.layout.yaxis.range
    assert low == -high and high >= max(abs(np.array(alpha.y)))
    assert len(ahead.data) == len(found.spaces) - 1
    assert "3 draws of labels" in stated(ahead)
