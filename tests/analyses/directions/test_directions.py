"""Cosines between directions: laws, limits, hand-worked values and what they refuse to say."""

import sys
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.linalg

from substrate.analyses.directions.basis import (
    ALL,
    COMPONENTS,
    FIT,
    TEST,
    BasisParams,
    find_basis,
)
from substrate.analyses.directions.cosine_panel import (
    correlations,
)
from substrate.analyses.directions.defaults import defaults
from substrate.analyses.directions.embedding import (
    PCA,
    UMAP,
    EmbeddingParams,
    embed,
    kept_neighbours,
    umap_places,
)
from substrate.analyses.directions.images import (
    ImagesParams,
    measure_images,
)
from substrate.analyses.directions.kinds import (
    MAPPED,
    RAW,
    SCORE,
    WHITENED,
)
from substrate.analyses.directions.mapped_cosines import (
    Crossed,
    crossed,
    random_cells,
    raw_intervals,
    refound,
)
from substrate.analyses.directions.partners import (
    MatchedParams,
    corresponding_layer,
    find_partners,
)
from substrate.analyses.directions.principal_angles import (
    ANGLES,
    Steps,
    compare_subspaces,
    null_products,
    principal_cosines,
    require_room,
)
from substrate.analyses.directions.spatial_map import project_map
from substrate.analyses.directions.spectrum import (
    measure_spectrum,
)
from substrate.analyses.directions.tables import panel_table
from substrate.analyses.directions.two_domains import (
    compare_domains,
)
from substrate.analyses.directions.two_encoders import (
    compare_directions,
    estimate_correlations,
    partners,
)
from substrate.analyses.registry import ANALYSES
from substrate.analyses.spec import AnalysisError, obtain, stored
from substrate.exhibits.directions.card_words import describe, map_sentence
from substrate.exhibits.directions.words import (
    angles_sentence,
    found_again,
    lead_cell,
    opening,
)
from substrate.numerics.nulls import (
    group_permutations,
    random_basis,
    threshold,
)
from substrate.numerics.spectra import principal_directions
from substrate.wording import TILES, percent
from tests.support.directions import pair, subspaces, two_domains
from tests.support.planted import (
    SHARED,
    planted_run,
)

SIDES = ("alpha", "penultimate", "beta", "penultimate")


@pytest.fixture
def rng():
    return np.random.default_rng(11)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("directions"))


@pytest.fixture(scope="module")
def panel(run):
    return compare_directions(run, pair(*SIDES, "rich"))


def steep(rng, n, p):
    return rng.normal(size=(n, p)) * 0.75 ** np.arange(p)


# What chance gives.


def test_largest_correlation_of_independent_scores_is_about_a_quarter(rng):
    x, y = rng.normal(size=(256, 16)), rng.normal(size=(256, 16))
    estimates = estimate_correlations(x, y, np.arange(256), count=200, seed=0, nouns=TILES)
    assert estimates.level == pytest.approx(0.23, abs=0.02)
    assert estimates.above.sum() <= 1
    assert estimates.p is not None
    assert estimates.low is not None


def test_largest_principal_cosine_of_independent_scores_is_about_a_half(rng):
    x, y = rng.normal(size=(256, 16)), rng.normal(size=(256, 16))
    null = _null_cosines(x, y, group_permutations(np.arange(256), 100, 0))
    assert np.median(null[:, 0]) == pytest.approx(0.45, abs=0.04)
    unmoved = _null_cosines(x, y, np.arange(256)[None])[0]
    np.testing.assert_allclose(unmoved, principal_cosines(x, y))


def _null_cosines(x, y, orders):
    return np.linalg.svd(null_products(x, y, orders), compute_uv=False)


def test_mapped_cosines_of_independent_steep_spectra_far_exceed_the_dimension_rule(rng):
    d = 100
    x, y = steep(rng, 128, d), steep(rng, 128, d)
    v, w = (principal_directions(steep(rng, 128, d), 16).vectors for _ in range(2))
    both = crossed(MAPPED, x, y, v, w)
    largest = [np.abs(both.cells(rng.permutation(128))).max() for _ in range(40)]
    assert 1 / np.sqrt(d) == pytest.approx(0.1)
    assert threshold(np.array(largest)) > 0.3


def test_whitened_and_random_cells_are_as_small_as_the_dimension_says(rng):
    x, y = rng.normal(size=(400, 60)), rng.normal(size=(400, 60))
    v = random_basis(60, 8, rng)
    cells = np.stack([crossed(WHITENED, x, y, v, v).cells(rng.permutation(400)) for _ in range(20)])
    assert cells.std() == pytest.approx(1 / np.sqrt(60), rel=0.1)
    assert random_cells(60, (8, 8), 200, 0).std() == pytest.approx(1 / np.sqrt(60), rel=0.05)


# What the same representation gives.


def test_mapped_cosine_undoes_a_rotation(rng):
    x, turn = steep(rng, 90, 20), random_basis(20, 20, rng)
    v = principal_directions(x, 5).vectors
    both = crossed(MAPPED, x, x @ turn, v, turn.T @ v)
    np.testing.assert_allclose(both.cells(), np.eye(5), atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(both.fitted()[0] @ both.right, axis=0), 1, atol=1e-9)


def test_whitened_cells_are_correlations_of_scores_where_nothing_is_cut(rng):
    x = steep(rng, 100, 6)
    v, w = random_basis(6, 2, rng), random_basis(6, 2, rng)
    np.testing.assert_allclose(
        crossed(WHITENED, x, x, v, w).cells(), correlations(x @ v, x @ w), atol=1e-9
    )


def test_the_null_refits_the_map(rng):
    x, y = steep(rng, 60, 8), steep(rng, 60, 9)
    v, w = random_basis(8, 3, rng), random_basis(9, 3, rng)
    both = crossed(MAPPED, x, y, v, w)
    order = rng.permutation(60)
    np.testing.assert_allclose(
        both.cells(order), crossed(MAPPED, x, y[order], v, w).cells(), atol=1e-9
    )
    np.testing.assert_allclose(both.cells(np.arange(60)), both.cells(), atol=1e-12)


def test_mapped_directions_lose_length_that_the_map_does_not_carry(rng):
    x, y = steep(rng, 8, 20), steep(rng, 8, 20)
    both = crossed(MAPPED, x, y, random_basis(20, 4, rng), random_basis(20, 4, rng))
    core, rank = both.fitted()
    assert rank == 7
    assert (np.linalg.norm(core @ both.right, axis=0) < 0.9).all()


def test_correlations_agree_with_numpy(rng):
    x, y = rng.normal(size=(30, 3)), rng.normal(size=(30, 4))
    np.testing.assert_allclose(correlations(x, y), np.corrcoef(x.T, y.T)[:3, 3:], atol=1e-12)


def test_principal_cosines_agree_with_scipy(rng):
    x, y = rng.normal(size=(40, 4)), rng.normal(size=(40, 6))
    angles = scipy.linalg.subspace_angles(x - x.mean(0), y - y.mean(0))
    np.testing.assert_allclose(principal_cosines(x, y), np.cos(angles)[::-1], atol=1e-12)
    np.testing.assert_allclose(principal_cosines(x, x @ rng.normal(size=(4, 4))), 1, atol=1e-12)


def test_refound_directions_keep_place_and_sign(rng):
    x = steep(rng, 80, 10)
    known = principal_directions(x, 4).vectors
    shuffled = known[:, [2, 0, 3, 1]] * [1, -1, 1, -1]
    np.testing.assert_allclose(refound(x, shuffled), shuffled, atol=1e-9)


@pytest.mark.parametrize("shared", [0, 3, 6])
def test_angles_are_counted_one_after_another_and_not_rank_by_rank(shared):
    """Ranks beside the same ranks of a null without any sharing count twice as many."""
    stepwise, by_rank = [], []
    for seed in range(8):
        rng = np.random.default_rng([seed, shared])
        common = rng.normal(size=(128, shared))
        x, y = (
            np.hstack([common + 0.5 * rng.normal(size=(128, shared)), rng.normal(size=(128, 12))])
            for _ in range(2)
        )
        orders = group_permutations(np.arange(128), 99, seed)
        cells = np.linalg.qr(x - x.mean(0))[0].T @ np.linalg.qr(y - y.mean(0))[0]
        stepwise.append(Steps.of(cells, null_products(x, y, orders), 128, ""))
        highest = np.quantile(_null_cosines(x, y, orders), 0.95, axis=0)
        by_rank.append(int((principal_cosines(x, y) > highest).sum()))
    counts = [int((steps.p <= 0.05).sum()) for steps in stepwise]
    assert all(shared <= count <= shared + 1 for count in counts)
    assert sum(count == shared for count in counts) >= 6
    assert all((np.diff(steps.p) >= 0).all() for steps in stepwise)
    if shared:
        assert np.mean(by_rank) > shared + 1.5


def test_below_ten_photographs_angles_are_not_compared_with_chance(run):
    angles = compare_subspaces(run, subspaces(*SIDES, "few"))
    assert angles.above is None and angles.p is None
    assert angles.null_kind == "test tiles permuted inside each photograph"
    sentence = angles_sentence(angles)
    assert sentence.startswith("Within these photographs the largest cosine is")
    assert "closer than chance" not in sentence
    assert "No comparison with chance: 3 photographs, and at least 10 are needed." in sentence


# Planted structure.


def test_planted_encoders_share_their_latents_and_twins_do_not(run, panel):
    angles = compare_subspaces(run, subspaces(*SIDES, "rich"))
    assert SHARED <= angles.above <= SHARED + 2  # clipped units share curved directions, too
    assert (angles.cosines[:SHARED] > 0.9).all()
    assert (angles.cosines[:SHARED] > angles.untrained[:, :SHARED].max(axis=0)).all()
    assert found_again(panel)[:SHARED].sum() >= 4
    assert not panel.estimates.above[8:, 8:].any()
    assert (panel.untrained < panel.estimates.level).all()


def test_the_score_panel_does_not_depend_on_coordinates(run, panel, rng, monkeypatch):
    rotation = {}

    def turned(self, encoder, domain, layer="penultimate"):
        found = original(self, encoder, domain, layer)
        width = found.features.shape[1]
        turn = rotation.setdefault((encoder, width), random_basis(width, width, rng))
        return replace(found, features=found.features @ turn)

    original = type(run).representation
    fresh = pair(*SIDES, "rich", permutations=5)
    monkeypatch.setattr(type(run), "representation", turned)
    monkeypatch.setattr(
        "substrate.analyses.directions.two_encoders.obtain", lambda a, r, p: a.compute(r, p)
    )
    again = compare_directions(run, fresh)
    np.testing.assert_allclose(np.abs(again.values), np.abs(panel.values), atol=1e-6)


def test_a_panel_carries_everything_it_is_read_against(panel):
    assert panel.estimates.low.shape == panel.values.shape == (16, 16)
    assert (panel.estimates.low <= panel.values).all()
    assert (panel.values <= panel.estimates.high).all()
    assert panel.estimates.p.min() == pytest.approx(1 / 201)
    assert len(panel.estimates.extremes) == 200
    assert panel.facts.samples == "120 tiles of 30 photographs"
    assert panel.facts.n_fit + panel.facts.n_test == 120


def test_partners_are_picked_by_the_fit_rows_alone(run, panel):
    a, b = (find_basis(run, side) for side in pair(*SIDES, "rich").sides)
    by_fit = np.abs(correlations(a.scores[a.fit, :16], b.scores[b.fit, :16])).argmax(axis=1)
    np.testing.assert_array_equal(panel.partner, by_fit)


def test_the_cell_shown_first_is_the_one_that_the_verdict_names(panel):
    row, column = lead_cell(panel)
    assert abs(panel.values[row, column]) == np.abs(panel.values).max()


@pytest.mark.parametrize("kind", [SCORE, MAPPED, WHITENED])
def test_few_photographs_give_values_without_interval_or_p(run, kind):
    found = compare_directions(run, pair(*SIDES, "few", kind=kind, permutations=20))
    assert found.estimates.low is None
    assert found.estimates.p is None
    assert "3 photographs" in found.estimates.interval_reason
    assert "within photograph" in found.facts.samples
    assert found.estimates.level is None and not found.estimates.above.any()
    assert len(found.estimates.extremes) == 20


@pytest.mark.parametrize("kind", [MAPPED, WHITENED])
def test_mapped_kinds_print_what_the_map_keeps(run, kind):
    found = compare_directions(run, pair(*SIDES, "rich", kind=kind, permutations=20))
    assert (found.norms_b <= 1 + 1e-9).all()
    assert (np.abs(found.values) <= found.norms_b + 1e-9).all()
    assert (np.abs(found.values.T) <= found.norms_a + 1e-9).all()
    assert found.estimates.low is not None
    assert (found.typical is None) == (kind == MAPPED)
    assert found.dimension == (12 if kind == WHITENED else 40)


def test_raw_cosines_need_common_coordinates(run):
    with pytest.raises(AnalysisError, match="no common coordinates"):
        compare_directions(run, pair(*SIDES, "rich", kind=RAW))
    same = ("alpha", "penultimate", "alpha", "penultimate")
    found = compare_directions(run, pair(*same, "rich", kind=RAW, permutations=20))
    a, b = (find_basis(run, side) for side in pair(*same, "rich", kind=RAW).sides)
    assert (a.part, b.part) == (FIT, TEST)
    np.testing.assert_allclose(found.values, a.vectors[:, :16].T @ b.vectors[:, :16])


def test_unknown_kinds_are_refused(run):
    with pytest.raises(AnalysisError, match="choose score correlation"):
        compare_directions(run, pair(*SIDES, "rich", kind="cosine"))


def test_layers_of_unequal_width_give_as_many_directions_as_there_are(run):
    found = compare_directions(
        run, pair("alpha", "logits", "beta", "penultimate", "rich", permutations=20)
    )
    assert found.values.shape == (10, 16)


# One direction at a time.


def test_scores_follow_from_mean_and_loadings(run):
    for scaling in ("none", "z-score"):
        for part in (FIT, TEST, ALL):
            basis = find_basis(run, BasisParams("alpha", "block.1", "rich", part, scaling))
            x = run.representation("alpha", "rich", "block.1").features.astype(float)
            np.testing.assert_allclose((x - basis.mean) @ basis.loadings, basis.scores, atol=1e-9)
            np.testing.assert_allclose(
                basis.vectors.T @ basis.vectors, np.eye(basis.count), atol=1e-9
            )
            assert (basis.held_out_shares is None) == (part == ALL)
            assert basis.shares.sum() == pytest.approx(1)


def test_directions_of_the_test_part_run_with_those_of_the_fit_part(run):
    fit = find_basis(run, BasisParams("alpha", "penultimate", "rich", FIT))
    test = find_basis(run, BasisParams("alpha", "penultimate", "rich", TEST))
    agree = np.einsum("nk,nk->k", fit.scores[fit.fit], test.scores[fit.fit])
    assert (agree > 0).all()


def test_reliability_is_high_for_separate_planted_directions_and_low_for_noise(tmp_path, rng):
    run = planted_run(tmp_path, n=200, groups=100, untrained=0)
    n, signal = 200, np.array([12.0, 8.0, 5.0])
    features = rng.normal(size=(n, 30))
    features[:, :3] *= signal
    found = run.representation("alpha", "rich")
    patched = replace(found, features=features)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(run), "representation", lambda *_args, **_kwargs: patched)
        basis = find_basis(run, BasisParams("alpha", "penultimate", "rich"))
    assert (basis.reliability[:3] > 0.9).all()
    assert basis.unreliable[5:].all()
    assert (basis.isolation[:3] > 0.4).all()
    np.testing.assert_allclose(basis.gap[:2], 1 - (signal[1:] / signal[:-1]) ** 2, atol=0.25)


def test_features_without_variance_are_refused(run, monkeypatch):
    found = run.representation("alpha", "rich")
    flat = replace(found, features=np.ones((120, 5)))
    monkeypatch.setattr(type(run), "representation", lambda *_args, **_kwargs: flat)
    with pytest.raises(AnalysisError, match="alpha/penultimate on rich: all 5 features"):
        find_basis(run, BasisParams("alpha", "penultimate", "rich"))


def test_matched_partners_carry_interval_and_chance(run, panel):
    found = find_partners(run, MatchedParams(BasisParams("alpha", "penultimate", "rich")))
    assert found.others == ("beta", "gamma", "delta")
    assert found.values.shape == found.level.shape == found.low.shape == (3, 16)
    np.testing.assert_array_equal(found.partner[0], panel.partner)
    rows = np.arange(16)
    np.testing.assert_allclose(
        found.values[0] * found.signs[0], panel.values[rows, panel.partner], atol=1e-9
    )
    assert (found.level[0] < panel.estimates.level).all()


def test_corresponding_layers_are_equally_deep(run):
    own, other = run.encoders["alpha"], run.encoders["beta"]
    assert corresponding_layer("penultimate", own, other) == "penultimate"
    shorter = replace(other, layers=other.layers[:1] + other.layers[3:])
    assert corresponding_layer("block.1", own, shorter) == "block.0"
    assert corresponding_layer("block.2", own, shorter) == "block.3"


# Spectra and angles.


def test_spectrum_of_planted_latents_stands_out_of_chance(run):
    found = measure_spectrum(run, BasisParams("alpha", "penultimate", "rich"))
    assert found.shares.sum() == pytest.approx(1)
    assert (found.shares[:4] > found.chance[:4]).all()
    assert (found.shares[10:20] < found.chance[10:20]).all()
    rank = found.effective_rank
    assert rank.low < rank.value < rank.high
    assert len(found.untrained_effective_rank) == 3
    assert found.sampling_error == pytest.approx(np.sqrt(2 / 30))
    np.testing.assert_array_equal(found.near, found.isolation < found.sampling_error)


def test_spectrum_of_few_photographs_has_no_interval(run):
    found = measure_spectrum(run, BasisParams("alpha", "penultimate", "few"))
    assert found.effective_rank.low is None
    assert "3 photographs" in found.effective_rank.reason
    assert found.unit == "within photograph"


def test_subspaces_that_fill_the_samples_are_refused():
    with pytest.raises(AnalysisError, match="Choose a smaller K"):
        require_room(32, 31)
    require_room(33, 31)


# Two domains.


def test_one_encoder_on_two_domains_has_raw_cosines(run):
    found = compare_domains(run, two_domains("alpha", "penultimate", "rich", "few"))
    x, y = (run.representation("alpha", d).features.astype(float) for d in ("rich", "few"))
    v, w = (principal_directions(side, 16).vectors for side in (x, y))
    np.testing.assert_allclose(found.panel.values, v.T @ w, atol=1e-9)
    np.testing.assert_allclose(
        found.angles.cosines, np.cos(scipy.linalg.subspace_angles(v, w))[::-1], atol=1e-9
    )
    assert (found.angles.cosines[:SHARED] > 0.9).all()
    np.testing.assert_allclose(found.scores_a[:120], (x - x.mean(0)) @ v, atol=1e-9)
    np.testing.assert_allclose(found.scores_b[:120], (x - y.mean(0)) @ w, atol=1e-9)
    assert "3 photographs on one side" in found.panel.estimates.interval_reason
    assert found.panel.facts.unit == "within photograph"  # as on the side that has too few
    assert found.panel.facts.photographs == found.panel.facts.test_photographs
    assert found.panel.dimension == 40


def test_raw_intervals_cover_the_cells_where_photographs_suffice(rng):
    x = rng.normal(size=(200, 10)) * np.linspace(4, 1, 10)
    groups = np.arange(200) // 4
    v, w = (principal_directions(x[half], 3).vectors for half in (slice(0, 100), slice(100, 200)))
    cells, cosines = raw_intervals((x[:100], groups[:100]), (x[100:], groups[100:]), (v, w), seed=0)
    assert cells[0].shape == (3, 3)
    assert (cells[0] <= v.T @ w).all()
    assert (v.T @ w <= cells[1]).all()
    assert len(cosines[0]) == 3


def test_a_domain_is_not_compared_with_itself(run):
    with pytest.raises(AnalysisError, match="two different domains"):
        compare_domains(run, two_domains("alpha", "penultimate", "rich", "rich"))


# Planes, maps, statistics.


def test_pca_is_the_leading_plane_and_keeps_what_is_flat(run, rng):
    found = embed(run, EmbeddingParams(BasisParams("alpha", "penultimate", "rich"), PCA))
    basis = find_basis(run, BasisParams("alpha", "penultimate", "rich", ALL))
    np.testing.assert_allclose(np.abs(found.places), np.abs(basis.scores[:, :2]), atol=1e-6)
    assert found.kept > 2 * found.kept_by_chance
    plane = rng.normal(size=(60, 2))
    flat = np.hstack([plane, np.zeros((60, 3))])
    assert kept_neighbours(flat, plane, np.arange(60))[0] == 1.0
    assert kept_neighbours(flat, plane, np.zeros(60))[0] is None


def test_umap_needs_more_samples_than_neighbours(rng):
    with pytest.raises(AnalysisError, match="more samples than 12"):
        umap_places(rng.normal(size=(12, 4)), 0)


def test_umap_is_seeded_and_runs_on_one_thread(rng, monkeypatch):
    class Planar:
        def __init__(self, **options):
            assert options == {
                "n_neighbors": 15,
                "min_dist": 0.1,
                "random_state": 4,
                "n_jobs": 1,
            }

        def fit_transform(self, x):
            return x[:, :2].astype(np.float32)

    monkeypatch.setitem(sys.modules, "umap", SimpleNamespace(UMAP=Planar))
    x = rng.normal(size=(40, 4))
    np.testing.assert_allclose(umap_places(x, 4), x[:, :2], atol=1e-6)


def test_unknown_planes_are_refused(run):
    assert UMAP != PCA
    with pytest.raises(AnalysisError, match="PCA or UMAP"):
        embed(run, EmbeddingParams(BasisParams("alpha", "penultimate", "rich"), "t-SNE"))


def test_the_mean_of_a_map_is_the_pooled_score(run, rng):
    for scaling in ("none", "z-score"):
        basis = find_basis(run, BasisParams("alpha", "penultimate", "rich", scaling=scaling))
        pooled = run.representation("alpha", "rich").features[7].astype(float)
        noise = rng.normal(size=(3, 4, len(pooled)))
        grid = pooled + noise - noise.mean(axis=(0, 1))
        found = project_map(grid, basis, 2, 7, "spatial")
        assert found.agrees
        assert found.values.shape == (3, 4)
        assert not project_map(grid + 1, basis, 2, 7, "cls").agrees
        elsewhere = {how: project_map(grid + 1, basis, 2, 7, how) for how in ("cls", "tokens")}
        assert "not pooled by a plain mean (cls)" in map_sentence(elsewhere["cls"])
        assert "it limits units whose values lie far outside" in map_sentence(elsewhere["tokens"])


def test_image_statistics_that_do_not_vary_are_left_out(run):
    found = measure_images(run, ImagesParams("rich"))
    assert found.values.shape == (120, len(found.names))
    assert (np.ptp(found.values, axis=0) > 0).all()
    np.testing.assert_allclose(found.column(found.names[3]), found.values[:, 3])


# What is said.


def test_sentences_say_what_was_found(run, panel):
    text = opening(panel, "Alpha", "Beta", "Rich")
    assert text.startswith("On Rich, ")
    assert f"direction {panel.partner[0] + 1}" in text
    assert "95 % CI" in text
    few = compare_directions(run, pair(*SIDES, "few", permutations=20))
    assert "interval" not in opening(few, "Alpha", "Beta", "Few")
    mapped = replace(panel, kind=MAPPED)
    assert "where chance alone reaches" in opening(mapped, "Alpha", "Beta", "Rich")


def test_tables_count_from_one_and_start_with_the_strongest(panel):
    table = panel_table(panel)
    assert len(table) == 256
    first = table.iloc[0]
    assert panel.values[int(first["A"]) - 1, int(first["B"]) - 1] == first["value"]
    assert abs(first["value"]) == np.abs(panel.values).max()


def test_a_direction_is_described_with_its_gap_and_reliability(run):
    basis = find_basis(run, BasisParams("alpha", "penultimate", "rich"))
    share, gap, reliability = describe(basis, 0)
    assert percent(basis.shares[0], 1) in share
    assert "eigengap" in gap
    assert "split-half reliability" in reliability


def test_partners_skip_rows_without_values():
    cells = np.array([[0.1, -0.9], [np.nan, np.nan]])
    np.testing.assert_array_equal(partners(cells), [1, -1])


# What is stored.


def test_defaults_are_registered_and_survive_the_store(run):
    kinds = set()
    for analysis, params in defaults(run):
        assert ANALYSES[analysis.key] is analysis
        first = obtain(analysis, run, params)
        again = stored(analysis, run, params)
        assert type(again) is type(first)
        kinds.add(analysis.key)
    modules = ("two_encoders", "principal_angles", "spectrum", "partners", "images")
    assert kinds == {f"directions.{module}" for module in modules}
    [params] = [p for a, p in defaults(run) if a is ANGLES and p.a.domain == "rich"]
    angles = stored(ANGLES, run, params)
    np.testing.assert_array_equal(angles.cosines, compare_subspaces(run, params).cosines)


def test_no_more_directions_are_kept_than_the_limit(run):
    basis = find_basis(run, BasisParams("beta", "penultimate", "rich"))
    assert basis.count == min(COMPONENTS, 56, len(basis.fit) - 1)


def test_the_crossed_map_is_the_polar_factor(rng):
    first, second = steep(rng, 30, 4), steep(rng, 30, 4)
    both = Crossed(first, second, np.eye(4), np.eye(4))
    np.testing.assert_allclose(both.cells(), scipy.linalg.polar(first.T @ second)[0], atol=1e-9)


def test_partners_are_sought_in_the_panel_that_is_given(run):
    params = MatchedParams(BasisParams("alpha", "penultimate", "rich"), panel=("beta", "alpha"))
    assert find_partners(run, params).others == ("beta",)
