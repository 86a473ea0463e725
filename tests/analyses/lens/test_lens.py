"""Where an image lies along the panel's directions, and which images are its neighbours."""

import numpy as np
import pytest

from substrate.analyses.lens.neighbours import (
    LENS_NEIGHBOURS,
    NEAREST,
    NeighboursParams,
    neighbours_params,
)
from substrate.analyses.lens.position import held_out_parts, leading_row, position
from substrate.analyses.lens.scores import LENS_SCORES, LensScoresParams
from substrate.analyses.panel_choice import default_choice
from substrate.analyses.shared.own_image import image_key
from substrate.analyses.sharedness.leave_encoder_out import SHAREDNESS
from substrate.analyses.spec import AnalysisError, obtain
from tests.support.planted import planted_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("lens"), n=80, groups=20, untrained=0)


@pytest.fixture(scope="module")
def shared(run):
    return obtain(SHAREDNESS, run, default_choice(run).sharedness("rich"))


def own_image(run, row, name):
    """Keep the features of a sample as those of an image of one's own."""
    x = {e: run.representation(e, "rich").features[row] for e in run.encoders}
    run.store.put(image_key(run, name), arrays=x, meta={})


def scores(run, image=""):
    sharedness = default_choice(run).sharedness("rich")
    return obtain(LENS_SCORES, run, LensScoresParams(**vars(sharedness), image=image))


def test_held_out_and_fitted_rows_are_all_of_the_domain(run, shared):
    fitted = scores(run)
    assert sorted([*fitted.rows, *shared.rows]) == list(range(80))
    assert fitted.parts.shape == (4, len(fitted.rows), shared.k)


@pytest.mark.parametrize("place", [0, 11])
def test_a_sample_dropped_as_ones_own_has_the_scores_that_it_was_held_out_with(run, shared, place):
    row = int(shared.rows[place])
    own_image(run, row, f"held{place}")
    np.testing.assert_allclose(
        scores(run, f"held{place}").parts[:, 0],
        held_out_parts(shared, row),
        rtol=1e-4,
        atol=1e-5,
    )


def test_a_fitted_sample_dropped_as_ones_own_has_its_fitted_scores(run):
    fitted = scores(run)
    own_image(run, int(fitted.rows[4]), "fitted")
    np.testing.assert_allclose(
        scores(run, "fitted").parts[:, 0], fitted.parts[:, 4], rtol=1e-4, atol=1e-5
    )


def test_an_image_that_is_not_in_the_store_is_refused(run):
    with pytest.raises(AnalysisError, match="drop it again"):
        scores(run, "gone")


def test_the_panels_line_is_the_sum_of_the_encoders_and_ranks_follow_it(shared):
    row = int(shared.rows[7])
    found = position(shared, row, held_out_parts(shared, row))
    assert found.held_out and found.placed.out_of == len(shared.rows)
    order = np.argsort(-shared.scores, axis=0)
    for k in range(shared.k):
        assert found.placed.ranks[0, k] == order[:, k].tolist().index(7) + 1
    lead = found.lead
    assert np.abs(found.placed.shares[0] - 0.5).max() == abs(found.placed.shares[0, lead] - 0.5)


def test_the_leading_image_leads(shared):
    row = leading_row(shared)
    found = position(shared, row, held_out_parts(shared, row))
    first = int(np.argmax(shared.mean))
    assert found.placed.ranks[0, first] == 1 and found.high(first)
    own = held_out_parts(shared, row)[:, first]
    tenth = (shared.parts[:, :, first] > own[:, None]).sum(axis=1)
    assert found.outer(first) == (1 - tenth / (len(shared.rows) - 1) >= 0.9).sum() >= 3


def test_a_percentile_is_whole_and_never_a_hundred(shared):
    row = leading_row(shared)
    found = position(shared, row, held_out_parts(shared, row))
    first, n = int(np.argmax(shared.mean)), len(shared.rows)
    assert found.percentile(0, first) == 100 * (n - 1) // n < 100


def test_neighbours_of_all_and_of_one_are_the_same(run):
    every = obtain(LENS_NEIGHBOURS, run, NeighboursParams(run.panel, "rich"))
    one = obtain(LENS_NEIGHBOURS, run, NeighboursParams(run.panel, "rich", (33,)))
    assert every.place(33) == 33 and one.place(33) == 0
    np.testing.assert_array_equal(one.near[:, 0], every.near[:, 33])
    np.testing.assert_array_equal(one.cosines[:, 0], every.cosines[:, 33])
    groups = run.groups("rich")
    assert every.near.shape == (4, 80, NEAREST)
    assert not (groups[every.near] == groups[None, :, None]).any()


def test_shared_neighbours_are_counted_and_chance_is_what_random_draws_share(run):
    found = obtain(LENS_NEIGHBOURS, run, NeighboursParams(run.panel, "rich"))
    counts = found.shared(12)
    assert (np.diag(counts) == NEAREST).all() and (counts == counts.T).all()
    first, second = (set(found.near[e, 12].tolist()) for e in (0, 2))
    assert counts[0, 2] == len(first & second)
    rng, among = np.random.default_rng(0), int(found.among[12])
    drawn = [
        len(np.intersect1d(*(rng.choice(among, NEAREST, replace=False) for _ in range(2))))
        for _ in range(4000)
    ]
    assert np.mean(drawn) == pytest.approx(found.by_chance(12), abs=0.04)


def test_a_sample_dropped_as_ones_own_finds_itself(run):
    own_image(run, 21, "twin")
    found = obtain(LENS_NEIGHBOURS, run, NeighboursParams(run.panel, "rich", image="twin"))
    assert (found.near[:, 0, 0] == 21).all() and found.among.tolist() == [80]
    np.testing.assert_allclose(found.cosines[:, 0, 0], 1, atol=1e-3)
    assert found.place(None) == 0


def test_in_a_large_domain_neighbours_are_found_image_by_image(run, monkeypatch):
    assert neighbours_params(run, run.panel, "rich", 3).rows == ()
    monkeypatch.setattr("substrate.analyses.lens.neighbours.WHOLE", 50)
    assert neighbours_params(run, run.panel, "rich", 3).rows == (3,)


def test_tiles_of_one_photograph_have_no_neighbours(tmp_path):
    run = planted_run(tmp_path, n=40, groups=20, few=1, untrained=0)
    with pytest.raises(AnalysisError, match="of one photograph"):
        obtain(LENS_NEIGHBOURS, run, NeighboursParams(run.panel, "few"))
