"""The subspace page's further analyses: limits, second implementations, and what is drawn."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from substrate.analyses import panel_choice
from substrate.analyses.encoders import (
    disagreement,
)
from substrate.analyses.encoders import (
    flow as direction_flow,
)
from substrate.analyses.encoders import (
    pairs as encoder_pairs,
)
from substrate.analyses.encoders import (
    removal as causal_check,
)
from substrate.analyses.shared.image_statistics import (
    IMAGE_STATISTICS,
    ImageStatisticsParams,
)
from substrate.analyses.sharedness import by_setting as settings
from substrate.analyses.sharedness import responses
from substrate.analyses.sharedness.by_paradigm import PARADIGMS
from substrate.analyses.sharedness.leave_encoder_out import SHAREDNESS
from substrate.analyses.spec import AnalysisError, load_result, obtain, result_key
from substrate.analyses.subspace import dimension_sweep as sweep
from substrate.analyses.subspace import leave_out, published
from substrate.analyses.subspace import sample_size as n_curve
from substrate.analyses.subspace.procrustes_cka import MATRIX
from substrate.exhibits.encoders.words import flow_sentence
from substrate.figures import heading
from substrate.figures.encoders import disagreement as disagreement_figures
from substrate.figures.encoders import flow as flow_figure
from substrate.figures.encoders import pairs as pairs_figures
from substrate.figures.sharedness import responses as response_figures
from substrate.figures.sharedness import settings as settings_figure
from substrate.figures.subspace import (
    matrix as subspace_matrix,
)
from substrate.figures.subspace import (
    robustness as subspace_robustness,
)
from substrate.figures.theme import DARK, LIGHT
from substrate.numerics.estimates import Estimate
from substrate.numerics.metrics import METRICS
from substrate.runs import Run
from substrate.store import Store
from tests.support.planted import planted_run

PANEL, DOMAINS = ("alpha", "beta", "gamma", "delta"), ("rich", "few")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("more"), n=72, groups=24, untrained=2, few=12)


def test_published_medians_follow_from_the_published_matrix():
    matrix = published.matrix()
    assert np.allclose(matrix, matrix.T)
    four = matrix[:4, :4][np.triu_indices(4, 1)]
    assert np.isclose(np.median(four), 0.6795)
    assert np.isclose(np.median(matrix[np.triu_indices(8, 1)]), 0.6045)
    assert four.max() == 0.784
    figure = subspace_matrix.published(LIGHT)
    assert np.allclose(figure.data[0].z, matrix, atol=1e-6)
    assert published.SOURCE in heading.facts(figure)


def test_the_settings_hold_the_default_one_and_reload(run):
    choice = panel_choice.default_choice(run)
    params = settings.SettingsParams(PANEL, "rich", (0, 1))
    found = obtain(settings.SETTINGS, run, params)
    shared = obtain(SHAREDNESS, run, choice.sharedness("rich"))
    own = next(
        i
        for i in range(found.count)
        if (found.whitening[i], found.k[i], found.split[i]) == ("z-score", 16, 0)
    )
    first = shared.split_correlations[0, 0] @ shared.split_shares[0, 0]
    assert np.isclose(found.trained[own], first)
    assert np.isnan(found.low).all() and "2 draws of untrained twins" in found.reason
    assert (found.effect > 0).any()
    entry = run.store.get(result_key(settings.SETTINGS, run, params))
    again = load_result(entry, settings.Settings)
    assert again.whitening == found.whitening
    figure = settings_figure.settings_curve(found, LIGHT, chosen=own)
    effects = np.array(figure.data[0].y)
    assert (np.diff(effects) >= 0).all()
    clicked = int(figure.data[0].customdata[0][0])
    assert np.isclose(found.effect[clicked], effects[0])


def test_without_twins_the_effect_is_what_the_panel_shares(run):
    params = settings.SettingsParams(PANEL, "rich", ())
    found = obtain(settings.SETTINGS, run, params)
    assert np.array_equal(found.effect, found.trained) and found.seeds == ()
    assert (found.low < found.effect).all() and (found.effect < found.high).all()
    with_twins = obtain(settings.SETTINGS, run, settings.SettingsParams(PANEL, "rich", (0, 1)))
    rows = {s: i for i, s in enumerate(setting(with_twins))}
    ours = [rows[s] for s in setting(found)]
    assert np.allclose(found.trained, with_twins.trained[ours])
    assert not np.isclose(with_twins.effect[ours], found.effect, rtol=1e-6).any()


def setting(found):
    return list(zip(found.whitening, found.k.tolist(), found.split.tolist(), strict=True))


def test_the_sweep_goes_to_the_largest_dimension_that_the_samples_allow(run, monkeypatch):
    """A panel has 64 directions at most, halves of 36 samples 35; intervals need K <= 0.9 n - 2."""
    monkeypatch.setattr(sweep, "KS", (2, 35, 36, 62, 63, 64, 65))
    found = sweep.compute_sweep(run, sweep.DimensionSweepParams(PANEL, DOMAINS, "rich", (0, 1)))
    assert found.ks == (2, 35, 36, 62, 63, 64)
    assert found.shared_ks == (2, 35)
    assert np.array_equal(np.isfinite(found.low).all(axis=0), np.array(found.ks) <= 62)
    assert np.isfinite(found.median).all() and np.isfinite(found.untrained[:, 0]).all()
    assert found.shared.shape == (2,) and found.shared_untrained.shape == (2, 2)
    assert np.isfinite(found.shared_untrained).all()


def test_the_sweep_agrees_with_the_matrix_and_bounds_it(run):
    params = sweep.DimensionSweepParams(PANEL, DOMAINS, "rich", (0, 1))
    found = obtain(sweep.SWEEP, run, params)
    choice = panel_choice.default_choice(run)
    matrices = obtain(MATRIX, run, choice.matrix())
    for column, k in enumerate(found.ks):
        assert np.isclose(found.median[1, column], matrices.median(k, debiased=True))
    known = np.isfinite(found.low)
    assert known.any()
    assert (found.low[known] <= found.median[known]).all()
    assert found.untrained.shape == (2, 2, len(found.ks))
    figure = subspace_robustness.sweep(found, LIGHT, debiased=False, published=published.SWEEP)
    line = next(t for t in figure.data if t.name == "Trained, between domains")
    assert np.allclose(line.y, found.median[0])
    assert any("Published" in t.name for t in figure.data)


def test_leaving_out_names_encoders_and_families(run):
    found = obtain(
        leave_out.LEAVE_OUT, run, leave_out.LeaveOutParams(PANEL, DOMAINS, "rich", components=6)
    )
    assert [row.kind for row in found.rows] == ["none"] + ["encoder"] * 4
    whole = found.rows[0]
    assert whole.biased.low <= whole.biased.value <= whole.biased.high
    assert whole.shared.low is not None
    assert "4 encoders, and at least 8 are needed" in found.over_encoders.reason
    figure = subspace_robustness.leave_out(found, DARK, debiased=False)
    without = [f"without encoder {row.label.removeprefix('no ')}" for row in found.rows[1:]]
    assert list(figure.data[0].y) == [whole.label, *without]
    with pytest.raises(AnalysisError, match="at least 3 encoders"):
        obtain(leave_out.LEAVE_OUT, run, leave_out.LeaveOutParams(PANEL[:2], DOMAINS, "rich"))


def recorded(folder, *encoders):
    """Return a run of encoders of (name, family, recipe), with nothing extracted."""
    records = [
        {
            "name": name,
            "title": name.upper(),
            "source": "bundled",
            "family": family,
            "paradigm": "supervised",
            "recipe": recipe,
            "weights_digest": name,
            "layers": [],
        }
        for name, family, recipe in encoders
    ]
    return Run("0", Store(folder), {"encoders": records, "domains": [], "pairs": {}, "study": {}})


def test_families_of_several_are_left_out_together(tmp_path):
    run = recorded(
        tmp_path, ("a", "vit", "1"), ("b", "vit", "2"), ("c", "cnn", "3"), ("d", "mlp", "4")
    )
    rows = leave_out.left_out(run, ("a", "b", "c", "d"))
    assert [label for label, _, _ in rows] == [
        "whole panel",
        "no A",
        "no B",
        "no C",
        "no D",
        "no vit",
    ]


def test_a_family_that_is_left_out_is_written_with_its_title():
    nothing = Estimate(None, reason="none", unit="photographs", n_units=0)
    row = leave_out.LeftOut("no vgg", "family", ("a", "b"), nothing, nothing, nothing)
    assert row.gone == "family VGG" and row.name == "without family VGG"
    own = replace(row, label="no crossvit")
    assert own.name == "without family crossvit"


def test_an_encoder_is_left_out_together_with_its_copies(tmp_path):
    run = recorded(
        tmp_path, ("a", "vit", "1"), ("b", "cnn", "2"), ("a2", "vit", "1"), ("c", "mlp", "3")
    )
    assert leave_out.left_out(run, ("a", "b", "a2", "c")) == [
        ("whole panel", "none", ()),
        ("no A or copy", "encoder", ("a", "a2")),
        ("no B", "encoder", ("b",)),
        ("no C", "encoder", ("c",)),
    ]


def test_the_n_curve_doubles_to_the_smallest_domain_and_keeps_photographs_whole(run):
    found = obtain(n_curve.N_CURVE, run, n_curve.NCurveParams(PANEL, DOMAINS, components=8))
    assert found.sizes == (16, 32, 64, 72)
    assert (found.trained[0] > found.shuffled[0] - 0.05).all()
    groups = np.repeat(np.arange(12), 4).astype(str)
    rows = n_curve.subsample(groups, 16, 3)
    assert len(set(groups[rows])) == 4
    assert len(subspace_robustness.n_curve(found, LIGHT).data) == 8
    with pytest.raises(AnalysisError, match="too few for K"):
        n_curve.doubling(16, 16)


def test_responses_are_correlations_of_held_out_scores(run):
    choice = panel_choice.default_choice(run)
    found = obtain(responses.RESPONSES, run, responses.ResponsesParams(PANEL, "rich"))
    shared = obtain(SHAREDNESS, run, choice.sharedness("rich"))
    measured = obtain(IMAGE_STATISTICS, run, ImageStatisticsParams("rich"))
    column = found.names.index("mean luminance")
    expected = np.corrcoef(shared.scores[:, 2], measured.values[shared.rows, column])[0, 1]
    assert np.isclose(found.correlations[2, column], expected)
    assert 0 < found.tau < 1
    figure = response_figures.responses(found, LIGHT, chosen=1)
    assert (figure.data[0].zmin, figure.data[0].zmax, figure.data[0].zmid) == (-1, 1, 0)
    assert np.allclose(figure.data[0].z, found.correlations, atol=1e-6, equal_nan=True)
    paradigms = [run.encoders[e].paradigm for e in PANEL]
    names = {e: e.title() for e in PANEL}
    owned = response_figures.owners(shared, paradigms, names, DARK)
    assert np.allclose(np.sum(owned.data[0].z, axis=0), 1, atol=1e-5)


def test_each_paradigm_is_the_mean_of_its_encoders_with_an_interval(run):
    params = panel_choice.default_choice(run).sharedness("rich")
    shared = obtain(SHAREDNESS, run, params)
    kinds = obtain(PARADIGMS, run, params)
    assert dict(zip(kinds.names, kinds.counts, strict=True)) == {
        "supervised": 2,
        "contrastive": 1,
        "masked": 1,
    }
    assert np.allclose(kinds.values[0], shared.correlations[:2].mean(axis=0), atol=1e-5)
    alone = PANEL.index("gamma")
    assert np.allclose(kinds.low[1], shared.low[alone], atol=1e-4)
    assert np.allclose(kinds.high[1], shared.high[alone], atol=1e-4)
    drawn = response_figures.by_paradigm(shared, kinds, DARK).data
    assert len(drawn) == 4
    assert np.allclose(drawn[1].y + drawn[1].error_y.array, kinds.high[0])
    few = obtain(PARADIGMS, run, panel_choice.default_choice(run).sharedness("few"))
    assert "photographs" in few.reason
    assert np.isnan(few.low).all()


def test_a_constant_statistic_has_no_correlation():
    scores = np.random.default_rng(0).normal(size=(20, 2))
    statistics = np.column_stack([np.ones(20), scores[:, 0]])
    found = responses.correlations(scores, statistics)
    assert np.isnan(found[:, 0]).all()
    assert np.isclose(found[0, 1], 1)


def test_pairs_of_encoders_tell_trained_from_untrained(run):
    found = obtain(
        encoder_pairs.ENCODER_PAIRS,
        run,
        encoder_pairs.EncoderPairsParams(PANEL, "rich", 0, permutations=60),
    )
    kinds = np.array(found.paradigms)
    twins = kinds == "untrained"
    assert encoder_pairs.mean_of_pairs(found.similarities["cka"], twins, twins) < 0.2
    assert (
        encoder_pairs.mean_of_pairs(
            found.similarities["cka"], kinds != "untrained", kinds != "untrained"
        )
        > 0.5
    )
    one = next(c for c in found.comparisons if c.label.startswith("trained"))
    assert one.difference.value > 0.4
    assert "4 encoders" in one.difference.reason
    assert sorted(found.order) == list(range(8))
    figure = pairs_figures.pairs_matrix(found, "cka", LIGHT)
    order = found.order
    titled = pairs_figures.pairs_matrix(found, "cka", LIGHT.of(run.encoders))
    titles = [run.encoders[name].title for name in PANEL]
    written = [*titles, *(f"{title} untrained" for title in titles)]
    assert list(titled.layout.xaxis.ticktext) == [written[i] for i in order]
    assert np.allclose(figure.data[0].z, found.similarities["cka"][np.ix_(order, order)], atol=1e-6)
    drawn = pairs_figures.encoder_map(found, DARK).data
    assert [t.name for t in drawn] == [*map(DARK.encoder, PANEL), "Untrained twins"]
    assert len({(t.marker.color, t.marker.symbol) for t in drawn}) == len(drawn)
    assert pairs_figures.comparisons(found, DARK).data


def test_of_a_large_domain_neighbours_are_sought_among_samples_drawn_and_counted(run, monkeypatch):
    monkeypatch.setattr(encoder_pairs, "MOST", 50)
    params = encoder_pairs.EncoderPairsParams(PANEL, "rich", seed=3)
    found = encoder_pairs.compute_pairs(run, params)
    rows = np.sort(np.random.default_rng(3).permutation(72)[:50])
    groups = run.groups("rich")[rows]
    assert (found.size.n, found.size.photographs) == (50, len(set(groups)))
    metric = METRICS["mutual_knn"]
    kept = [run.representation(e, "rich").features[rows] for e in PANEL[:2]]
    a, b = (metric.prepare(x, k=10, groups=groups) for x in kept)
    assert found.raw["knn10"][0, 1] == pytest.approx(metric.compare(a, b))
    whole = obtain(encoder_pairs.ENCODER_PAIRS, run, params)
    assert np.array_equal(found.raw["cka"], whole.raw["cka"])
    every = "72 tiles of 24 photographs"
    for key, said in (("knn10", "50 tiles (of 72) of 23 photographs"), ("cka", every)):
        assert heading.facts(pairs_figures.pairs_matrix(found, key, LIGHT))[0] == said
    assert every in heading.facts(pairs_figures.encoder_map(found, LIGHT))[0]


def test_clipped_similarity_runs_from_a_pairs_threshold_to_one():
    values = np.array([[0.3, 0.6, 0.1], [0.6, 0.3, 0.2], [0.1, 0.2, 0.3]])
    clipped = encoder_pairs._clipped(values, np.full((3, 3), 0.2))
    assert np.allclose(clipped, [[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]])


def test_the_map_keeps_distances_that_fit_in_the_plane():
    points = np.random.default_rng(2).normal(size=(7, 2))
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    found, shown = encoder_pairs.classical_scaling(distances)
    assert np.allclose(np.linalg.norm(found[:, None] - found, axis=2), distances)
    assert np.isclose(shown, 1)


def test_directions_flow_where_they_are_shared(run):
    found = obtain(direction_flow.FLOW, run, direction_flow.FlowParams(PANEL, "rich"))
    assert found.correlations.shape == (3, 8, 8)
    assert (np.abs(found.correlations).max(axis=(1, 2)) > found.taus).all()
    figure = flow_figure.flow(found, {}, LIGHT)
    assert [one.xanchor for one in figure.layout.annotations] == ["left"] + 3 * ["right"]
    six = replace(
        found,
        steps=2 * found.steps[:3],
        shares=np.vstack([found.shares, found.shares[:2]]),
        correlations=np.concatenate([found.correlations, found.correlations[:2]]),
        taus=np.concatenate([found.taus, found.taus[:2]]),
    )
    slanted = flow_figure.flow(six, {found.steps[0]: "A rather long title"}, LIGHT)
    assert {one.xanchor for one in slanted.layout.annotations} == {"right"}
    assert slanted.layout.margin.l > 100  # room for the first, which ends at its column
    drawn = np.count_nonzero(np.abs(found.correlations) > found.taus[:, None, None])
    assert len(figure.data[0].link.value) == drawn
    sankey = figure.data[0]
    assert len(sankey.node.label) == len({*sankey.link.source, *sankey.link.target})
    i, j = (int(sankey.node.label[e[0]]) - 1 for e in (sankey.link.source, sankey.link.target))
    assert np.isclose(sankey.link.value[0], found.correlations[0, i, j] ** 2)
    layers = obtain(direction_flow.FLOW, run, direction_flow.FlowParams((), "rich", "alpha"))
    assert layers.steps[-1] == "penultimate"
    assert "logits" not in layers.steps


def words_of(figure):
    """Return all that is written on a figure and on its colour bars."""
    bars = [str(t.colorbar.title.text) for t in figure.data if t.type == "heatmap"]
    return " ".join(
        [*heading.facts(figure), *(str(a.text) for a in figure.layout.annotations), *bars]
    )


def test_below_ten_photographs_no_figure_of_encoders_speaks_of_chance(tmp_path):
    """There are values within these photographs, without a level, a dot or a count."""
    run = planted_run(tmp_path, n=72, groups=24, untrained=2, few=3)
    flow = obtain(direction_flow.FLOW, run, direction_flow.FlowParams(PANEL, "few"))
    assert np.isnan(flow.taus).all()
    assert "at least 10 are needed" in flow.reason
    assert all((flow.joined(s).sum(axis=1) == 1).all() for s in range(3))
    pair = disagreement.DisagreementParams("alpha", "beta", "few")
    matched = obtain(disagreement.DISAGREEMENT, run, pair)
    replies = obtain(responses.RESPONSES, run, responses.ResponsesParams(PANEL, "few"))
    assert np.isnan(matched.tau) and np.isnan(replies.tau)
    pairs = obtain(encoder_pairs.ENCODER_PAIRS, run, encoder_pairs.EncoderPairsParams(PANEL, "few"))
    drawn = [
        flow_figure.flow(flow, {}, LIGHT),
        disagreement_figures.scores(matched, 0, LIGHT),
        response_figures.responses(replies, LIGHT),
        pairs_figures.pairs_matrix(pairs, "cka", LIGHT),
    ]
    assert len(drawn[2].data[2].x) == 0
    for figure in drawn:
        said = words_of(figure).replace("No comparison with chance", "")
        assert "within these photographs" in said
        assert "chance" not in said and "nan" not in said and "95 % of" not in said
    counted = flow_sentence(flow, "encoder to the next")
    assert "within these photographs" in counted and "beyond chance" not in counted


def test_an_encoder_agrees_with_itself_and_removal_is_harmless_noise(run):
    same = obtain(
        disagreement.DISAGREEMENT, run, disagreement.DisagreementParams("alpha", "alpha", "rich")
    )
    assert np.array_equal(same.match, np.arange(len(same.match)))
    assert np.allclose(same.correlations, 1)
    assert np.allclose(same.residuals(0), 0, atol=1e-6)
    other = obtain(
        disagreement.DISAGREEMENT, run, disagreement.DisagreementParams("alpha", "beta", "rich")
    )
    assert other.correlations[0] > other.tau
    figure = disagreement_figures.scores(other, 0, LIGHT)
    assert np.allclose(figure.data[0].x, other.first_scores[:, 0])
    checked = obtain(causal_check.CAUSAL, run, causal_check.CausalParams("alpha", "beta", "rich"))
    assert checked.classes == 3
    assert (np.abs(checked.change) <= 1).all()
    drawn = disagreement_figures.removal(checked, DARK)
    assert any(
        np.allclose(t.y, checked.change[1])
        for t in drawn.data
        if t.y is not None and len(t.y) == checked.change.shape[1]
    )


def test_removing_the_only_informative_direction_costs_the_probe_its_accuracy():
    rng = np.random.default_rng(5)
    codes = rng.integers(0, 2, size=200)
    x = rng.normal(size=(200, 6))
    x[:, 2] += 6 * codes - 3
    from substrate.analyses.encoders.matching import MatchingSide
    from substrate.analyses.shared.halves import Halves
    from substrate.analyses.shared.units import Units

    halves = Halves(pd.DataFrame(), np.arange(100), np.arange(100, 200), "photograph")
    side = MatchingSide(x[:100], x[100:], np.eye(6), Units())
    right = causal_check.probe(side.fit, side.test, codes, halves)
    assert right.mean() > 0.97
    gone = causal_check._without(side, np.eye(6)[2], codes, halves)
    assert gone.mean() < 0.7
    wide = causal_check.probe(
        np.hstack([side.fit] * 20), np.hstack([side.test] * 20), codes, halves
    )
    assert wide.mean() > 0.97


def test_a_domain_without_labels_has_nothing_to_probe(run, monkeypatch):
    table = run.samples("rich").assign(label="")
    monkeypatch.setattr(type(run), "samples", lambda self, domain: table)
    with pytest.raises(AnalysisError, match="no labels"):
        causal_check.compute_causal(run, causal_check.CausalParams("alpha", "beta", "rich"))


def test_a_constant_network_has_no_place_and_moves_no_other():
    distances = np.array([[0.0, 3, 4], [3, 0, 5], [4, 5, 0]])
    placed, shown = encoder_pairs.classical_scaling(distances)
    more = np.full((4, 4), np.nan)
    more[np.ix_([0, 1, 3], [0, 1, 3])] = distances
    more[2, 2] = 0.0
    found, also = encoder_pairs.classical_scaling(more)
    np.testing.assert_allclose(found[[0, 1, 3]], placed)
    assert np.isnan(found[2]).all() and also == pytest.approx(shown)
