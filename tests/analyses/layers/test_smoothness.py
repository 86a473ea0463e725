"""Steps along the depth of planted encoders, twins beside them, and two kinds compared."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from substrate.analyses.layers import smoothness as analysis
from substrate.analyses.layers.choice import BY_DEPTH, BY_FAMILY, BY_OBJECTIVE
from substrate.analyses.layers.family_means import FamilyMean
from substrate.analyses.layers.smoothness import SMOOTHNESS, Path, smoothness_params
from substrate.analyses.layers.trajectories import TRAJECTORIES, trajectories_params
from substrate.analyses.spec import AnalysisError, obtain, stored
from substrate.encoder_ref import EncoderRef
from substrate.exhibits.layers import smoothness as words
from substrate.exhibits.layers.trajectories import furthest
from substrate.exhibits.layers.trajectories import trajectories as exhibit_of_ways
from substrate.exhibits.verdict import Badge
from substrate.figures.theme import LIGHT
from substrate.numerics.depth.angles import angular_distances
from substrate.numerics.depth.steps import SUMMARIES, distances, stages
from substrate.numerics.depth.steps import smoothness as of_path
from substrate.numerics.estimates import Estimate
from substrate.numerics.metrics.imbalance import prepare
from substrate.wording import number
from tests.support.planted import planted_run

LAYERS = ("block.0", "block.1", "block.2", "block.3", "penultimate")
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("steps"), n=48, groups=16, untrained=2)


@pytest.fixture(scope="module")
def result(run):
    return obtain(SMOOTHNESS, run, smoothness_params(run, "rich"))


def by_hand(run, ref):
    groups = run.groups("rich")
    return distances(
        [prepare(run.representation(ref, "rich", name).features, groups=groups) for name in LAYERS]
    )


def test_steps_are_those_of_the_layers_without_the_readout(run, result):
    assert [path.encoder for path in result.paths] == list(run.panel)
    assert result.stages == 5
    for path in result.paths:
        d = by_hand(run, path.encoder)
        assert path.layers == LAYERS
        assert path.steps.value == pytest.approx(np.diagonal(d, 1))
        assert path.summaries.value == pytest.approx(of_path(d, stages(d, 5)))
        assert (path.steps.low <= path.steps.value).all()
        assert (path.steps.value <= path.steps.high).all()
        assert path.twin_steps.shape == (2, 4)
        for seed in range(2):
            twin = by_hand(run, EncoderRef(path.encoder, twin=seed))
            assert path.twin_summaries[seed] == pytest.approx(of_path(twin, stages(twin, 5)))


def test_what_is_stored_is_read_back(run, result):
    again = stored(SMOOTHNESS, run, smoothness_params(run, "rich"))
    assert again.paths[0].summaries.value == pytest.approx(result.paths[0].summaries.value)
    assert again.size == result.size


def test_below_ten_photographs_there_is_no_interval(run):
    found = obtain(SMOOTHNESS, run, smoothness_params(run, "few"))
    assert all(path.summaries.low is None for path in found.paths)
    assert "3 photographs, and at least 10 are needed" in words.context(found, run)
    shown = words.steps(found, run, LIGHT)
    assert "allows for that" not in shown.context
    assert shown.context.count("No interval: 3 photographs, and at least 10 are needed.") == 1
    place = f"Within the 3 photographs of {run.domains['few'].title}, "
    assert shown.sentence.startswith(place)
    assert words.sentence(found, run, "variation").startswith(place)
    assert words.verdict(found, run, "variation") is None


def path(kind, values, twins, place):
    return Path(
        f"{kind[:3]}{place}",
        kind,
        ("a", "b", "c"),
        np.array([0.5, 0.9]),
        np.array([True, False]),
        Estimate(np.array([0.2, 0.1])),
        Estimate(np.asarray(values, float)),
        np.zeros((len(twins), 2)),
        np.asarray(twins, float).reshape(-1, 4),
    )


def kinds(trained, untrained):
    """Return the three estimates of nine encoders of each kind with these values."""
    paths = [
        path(kind, [value] * 4, [[twin] * 4], place)
        for kind in (analysis.TRANSFORMERS, analysis.CONVOLUTIONAL)
        for place, (value, twin) in enumerate(zip(trained[kind], untrained[kind], strict=True))
    ]
    return analysis._kinds(SimpleNamespace(recipe=lambda name: name), paths)


def test_two_kinds_are_compared_by_welchs_interval():
    rng = np.random.default_rng(0)
    first, second = analysis.TRANSFORMERS, analysis.CONVOLUTIONAL
    own = {first: rng.normal(0.5, 0.1, 9), second: rng.normal(0.9, 0.2, 9)}
    twins = {first: own[first] + 0.1, second: own[second] + 0.1}
    trained, untrained, beyond = kinds(own, twins)
    welch = stats.ttest_ind(own[first], own[second], equal_var=False).confidence_interval()
    assert trained.value == pytest.approx([own[first].mean() - own[second].mean()] * 4)
    assert (trained.low[0], trained.high[0]) == pytest.approx((welch.low, welch.high), rel=1e-6)
    assert untrained.value == pytest.approx(trained.value)
    assert beyond.value == pytest.approx([0] * 4, abs=1e-12)


def test_one_kind_alone_cannot_be_compared(run, result):
    assert result.trained.reason.startswith("Transformers and CNNs: ")
    assert np.isnan(result.trained.value).all()
    for summary in SUMMARIES:
        verdict = words.verdict(result, run, summary)
        assert verdict.badge is Badge.DESCRIBED and "has the least" in verdict.short


@pytest.mark.parametrize(
    ("trained", "beyond", "badge"),
    [
        ((-0.6, -0.2), (-0.5, -0.1), Badge.ABOVE_BOTH),
        ((-0.6, -0.2), (-0.2, 0.2), Badge.ABOVE),
        ((-0.6, 0.2), (-0.2, 0.2), Badge.UNTOLD),
        ((-0.6, None), (-0.2, None), Badge.NO_INTERVAL),
    ],
)
def test_the_verdict_weighs_the_twins(run, result, trained, beyond, badge):
    def estimate(low, high):
        if high is None:
            return Estimate(np.full(4, low), reason="No interval: 5 encoders.")
        ends = [np.full(4, end) for end in ((low + high) / 2, low, high)]
        return Estimate(ends[0], low=ends[1], high=ends[2])

    fields = {**vars(result), "trained": estimate(*trained), "beyond": estimate(*beyond)}
    changed = type(result)(**{**fields, "untrained": estimate(-0.1, 0.1)})
    verdict = words.verdict(changed, run, "variation")
    assert verdict.badge is badge
    assert verdict.short == {
        Badge.UNTOLD: "Variation in transformers and CNNs not told apart: 0.20",
        Badge.NO_INTERVAL: "Variation is 0.60 smaller in these transformers than these CNNs; "
        "no interval",
    }.get(badge, "Variation is less in transformers than CNNs by 0.40")
    assert "trained − untrained" in words.sentence(changed, run, "variation")


def test_ties_are_said_as_ties(run, result):
    best = min(result.paths, key=lambda one: one.summaries.value[0])
    least = number(float(best.summaries.value[0]))
    alone = words.verdict(result, run, "variation").short
    assert alone == f"{run.encoders[best.encoder].title} has the least variation: {least}"
    for copies, who in ((("alpha", "beta"), "Alpha and Beta"), (tuple(run.panel), "Alpha and oth")):
        paths = [
            replace(one, summaries=best.summaries if one.encoder in copies else one.summaries)
            for one in result.paths
            if one.encoder in copies or one is not best
        ]
        tied = replace(result, paths=tuple(paths))
        assert words.verdict(tied, run, "variation").short.startswith(who)
        assert f"is least in {who}" in words.sentence(tied, run, "variation")
    none = np.zeros(4)
    even = replace(result, trained=Estimate(none, reason="No interval."))
    assert words.verdict(even, run, "largest").short == (
        "Largest step is alike in these transformers and these CNNs, within 0.00; no interval"
    )


def test_means_of_families_stand_under_the_encoders_with_why_they_have_no_interval(run, result):
    assert result.means == ()  # every planted encoder is a family of its own
    two = FamilyMean("resnet", 2, Estimate(np.full(4, 0.3), reason="2 recipes"), np.full(4, 0.5))
    nine = Estimate(np.full(4, 0.4), low=np.full(4, 0.2), high=np.full(4, 0.6))
    told = FamilyMean("CNNs", 9, nine, np.full(4, 0.7))
    changed = replace(result, means=(told, two))
    table = words.smoothness(changed, run, LIGHT).table
    means = table[table.kind == "mean"]
    assert len(table) - len(means) == 4 * len(result.paths) and len(means) == 8
    assert means.iloc[0].encoder == "Mean of CNNs, 9 recipes"
    assert means.iloc[4].encoder == "Mean of ResNet, 2 recipes"
    numbers = means.iloc[0][["value", "low", "high", "untrained, mean"]]
    assert numbers.tolist() == [0.4, 0.2, 0.6, 0.7]
    assert np.isnan(means.iloc[4]["low"]) and means.iloc[4]["value"] == 0.3
    assert "Without 8 recipes the mean has no interval: ResNet." in words.context(changed, run)
    assert "no interval" not in words.context(replace(result, means=(told,)), run)
    shown = words.smoothness(changed, run, LIGHT)
    (drawn,) = [x for x in shown.figure.data if x.name == "Mean, 95 % CI over recipes"]
    assert drawn.x == (0.4,) and drawn.y == (len(result.paths),)
    assert drawn.text == ("Mean of CNNs, 9 recipes",) and "Diamonds are means" in shown.read


def test_a_detour_below_one_is_explained(run, result):
    said = "no triangle inequality"
    assert said in words.smoothness(result, run, LIGHT, "detour").read
    assert said not in words.smoothness(result, run, LIGHT, "mean").read


def test_few_photographs_have_a_place_and_no_headline_of_ways(run):
    found = obtain(TRAJECTORIES, run, trajectories_params(run, "few"))
    shown = exhibit_of_ways(found, run, LIGHT)
    assert shown.sentence.startswith(f"Within the 3 photographs of {run.domains['few'].title}, ")
    assert shown.verdict is None
    assert "No headline: 3 photographs, and at least 10 are needed." in shown.context


def test_the_largest_step_is_named_with_its_layers(run, result):
    exhibit = words.steps(result, run, LIGHT)
    steps = {one.encoder: one.steps.value for one in result.paths}
    encoder = max(steps, key=lambda one: steps[one].max())
    at = int(steps[encoder].argmax())
    title = run.encoders[encoder].title
    assert f"that of {title} from {LAYERS[at]} to {LAYERS[at + 1]}" in exhibit.sentence
    assert len(exhibit.table) == 4 * len(result.paths)


def test_encoders_of_too_few_layers_are_named_or_all_refused(run, monkeypatch):
    monkeypatch.setattr(analysis, "LEAST", 6)
    with pytest.raises(AnalysisError, match="No encoder of this run has 6 layers or more"):
        analysis._compute(run, smoothness_params(run, "rich"))


def test_an_encoder_of_one_step_is_named_and_takes_nothing_from_the_others(
    run, result, monkeypatch
):
    states = analysis._states

    def still(run, ref, *rest):
        read = states(run, ref, *rest)
        half = len(read) // 2
        one_step = [read[0]] * half + [read[-1]] * (len(read) - half)
        return one_step if ref.name == run.panel[0] else read

    monkeypatch.setattr(analysis, "_states", still)
    found = analysis._compute(run, smoothness_params(run, "rich"))
    assert found.skipped == (run.panel[0],) and found.stages == result.stages
    assert [p.encoder for p in found.paths] == list(run.panel[1:])
    for path, before in zip(found.paths, result.paths[1:], strict=True):
        np.testing.assert_array_equal(path.summaries.value, before.summaries.value)
    title = run.encoders[run.panel[0]].title
    shown = words.smoothness(found, run, LIGHT, "variation")
    assert f"Too few layers that change anything: {title}." in shown.context


def test_a_twin_of_one_step_takes_no_part(run, result, monkeypatch):
    of_twin, seen = analysis._of_twin, []

    def still(run, ref, *rest):
        d = of_twin(run, ref, *rest)
        seen.append(ref)
        if len(seen) > 1:
            return d
        half = np.arange(len(d)) < len(d) // 2
        return np.where(half[:, None] == half[None], 0.0, 0.5)

    monkeypatch.setattr(analysis, "_of_twin", still)
    found = analysis._compute(run, smoothness_params(run, "rich"))
    assert found.stages == result.stages and not found.skipped
    assert len(found.paths[0].twin_summaries) == len(result.paths[0].twin_summaries) - 1
    assert np.isfinite(found.paths[0].twin_summaries).all()


def test_ways_are_the_angles_of_all_layers_and_one_twin(run):
    found = obtain(TRAJECTORIES, run, trajectories_params(run, "rich"))
    assert found.encoders == tuple(run.panel) * 2
    assert found.untrained == (False,) * 4 + (True,) * 4
    refs = [EncoderRef(name, twin=twin) for twin in (None, 0) for name in run.panel]
    layers = [run.representation(ref, "rich", name).features for ref in refs for name in LAYERS]
    assert found.distances == pytest.approx(angular_distances(layers))
    ends = {name: found.distances[5 * i, 5 * i + 4] for i, name in enumerate(run.panel)}
    encoder = max(ends, key=ends.get)
    assert furthest(found) == ([encoder], pytest.approx(ends[encoder]))
    exhibit = exhibit_of_ways(found, run, LIGHT)
    assert f"at an angle of {ends[encoder]:.2f} of at most 1.57" in exhibit.sentence
    assert len(exhibit.figure.data) == 9  # a line per way, and the legend of twins
    own = obtain(TRAJECTORIES, run, trajectories_params(run, "rich", twins=False))
    assert len(own.layers) == 20


def test_the_largest_steps_interval_allows_for_having_been_picked(run, result):
    path, at = words.largest(result)
    count = sum(len(one.steps.value) for one in result.paths)
    shown = words.steps(result, run, LIGHT)
    picked = path.steps.picked_from(count)
    level = 1 - 0.05 / count
    t = stats.t.ppf((1 + level) / 2, path.steps.spread_df[at])
    low, high = np.exp(np.log(path.steps.value[at]) + np.array([-1, 1]) * t * path.steps.spread[at])
    assert picked.low[at] == pytest.approx(low) and picked.high[at] == pytest.approx(high)
    assert picked.low[at] < path.steps.low[at] and picked.high[at] > path.steps.high[at]
    assert number(low) in shown.sentence and f"all {count} steps" in shown.context


def test_ways_are_coloured_by_what_is_chosen(run):
    found = obtain(TRAJECTORIES, run, trajectories_params(run, "rich"))
    ways = list(found.ways())
    for by, of in ((BY_FAMILY, run.family), (BY_OBJECTIVE, run.paradigm)):
        figure = exhibit_of_ways(found, run, LIGHT, by=by).figure
        drawn = {}
        for (encoder, _, _), trace in zip(ways, figure.data, strict=False):
            drawn.setdefault(of(encoder), set()).add(trace.line.color)
            assert trace.marker.color == trace.line.color and not trace.showlegend
        assert all(len(colours) == 1 for colours in drawn.values())
        assert len(set().union(*drawn.values())) == len(drawn)
    figure = exhibit_of_ways(found, run, LIGHT, by=BY_DEPTH).figure
    assert (figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax) == (0, 1)
    for (_, _, here), trace, late in zip(ways, figure.data, figure.frames[-1].data, strict=False):
        assert trace.marker.coloraxis == "coloraxis"
        np.testing.assert_array_equal(trace.marker.color, found.depth[here])
        np.testing.assert_array_equal(late.marker.color, found.depth[here])


def test_a_slider_draws_ways_as_far_as_a_depth(run):
    found = obtain(TRAJECTORIES, run, trajectories_params(run, "rich"))
    figure = exhibit_of_ways(found, run, LIGHT).figure
    ways = list(found.ways())
    assert [frame.name for frame in figure.frames] == [f"{d / 10:.1f}" for d in range(11)]
    (slider,) = figure.layout.sliders
    assert [step.args[0][0] for step in slider.steps] == [frame.name for frame in figure.frames]
    assert slider.steps[slider.active].label == "1.0"
    for frame in figure.frames:
        assert frame.traces == tuple(range(len(ways)))
        for (_, _, here), trace in zip(ways, frame.data, strict=True):
            reached = here[found.depth[here] <= float(frame.name) + 1e-9]
            np.testing.assert_array_equal(trace.x, found.places[reached, 0])
            assert trace.marker.size[-1] > 10
    for (_, _, here), trace in zip(ways, figure.data, strict=False):
        assert len(trace.x) == len(here)
    low, high = figure.layout.xaxis.range
    assert (low < found.places[:, 0]).all() and (found.places[:, 0] < high).all()
