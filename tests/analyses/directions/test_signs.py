"""Signs of directions, their counterparts in other layers, and matches beyond untrained twins."""

from dataclasses import replace

import numpy as np
import pytest

from substrate.analyses.directions.basis import BASIS, BasisParams, counterpart, turned
from substrate.analyses.directions.choice import (
    DirectionsComparison,
    aligned,
    default_choice,
    default_two_domains,
    domains_params,
    matches,
    pair_params,
)
from substrate.analyses.directions.two_domains import DOMAINS
from substrate.analyses.directions.two_encoders import PAIR
from substrate.analyses.spec import obtain
from tests.support.planted import planted_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("signs"))


@pytest.fixture(scope="module")
def compared(run):
    params = pair_params(run, default_choice(run, "rich"))
    a, b = (obtain(BASIS, run, side) for side in params.sides)
    return DirectionsComparison(obtain(PAIR, run, params), a, b)


def test_turning_changes_the_sign_of_one_direction_and_nothing_else(run):
    basis = obtain(BASIS, run, BasisParams("alpha", "penultimate", "rich", scaling="z-score"))
    other = turned(basis, 2)
    signs = np.ones(basis.count)
    signs[2] = -1
    np.testing.assert_array_equal(other.scores, basis.scores * signs)
    np.testing.assert_array_equal(other.loadings, basis.loadings * signs)
    np.testing.assert_array_equal(turned(other, 2).scores, basis.scores)
    assert other.shares is basis.shares


def test_after_alignment_scores_of_the_cell_go_together(compared):
    for cell in ((i, j) for i in range(4) for j in range(4)):
        both = aligned(compared, cell)
        r = compared.panel.values[cell]
        assert both.turned == (r < 0)
        x, y = both.a.scores[both.a.test, cell[0]], both.b.scores[both.a.test, cell[1]]
        assert np.corrcoef(x, y)[0, 1] == pytest.approx(abs(r))
        assert both.panel is compared.panel


def test_two_domains_are_aligned_in_all_their_scores(run):
    params = domains_params(run, default_two_domains(run, "rich"))
    both = obtain(DOMAINS, run, params)
    a, b = (obtain(BASIS, run, side) for side in params.sides)
    cell = tuple(int(i) for i in np.argwhere(both.panel.values < 0)[0])
    turned_pair = aligned(DirectionsComparison(both.panel, a, b, both), cell)
    np.testing.assert_array_equal(
        turned_pair.domains.scores_b[:, cell[1]], -both.scores_b[:, cell[1]]
    )
    assert np.delete(turned_pair.domains.scores_b - both.scores_b, cell[1], axis=1).any() == 0


def test_a_direction_is_its_own_counterpart_and_one_of_noise_has_none(run):
    basis = obtain(BASIS, run, BasisParams("alpha", "penultimate", "rich", scaling="z-score"))
    own = counterpart(basis, 3, turned(basis, 3))
    assert own.direction == 3 and own.correlation == pytest.approx(-1)
    noise = np.random.default_rng(0).normal(size=basis.scores.shape)
    other = counterpart(basis, 3, replace(basis, scores=noise))
    assert abs(other.correlation) < 0.5


def test_matches_are_the_partners_of_the_fit_rows_else_the_largest_cells(compared):
    panel = compared.panel
    assert matches(panel) == tuple((i, int(j)) for i, j in enumerate(panel.partner))
    without = replace(panel, partner=np.full(len(panel.partner), -1))
    assert matches(without) == tuple(enumerate(np.abs(panel.values).argmax(axis=1).tolist()))


def test_partners_beyond_twins_exceed_chance_and_every_twin_of_their_rank(compared):
    panel = compared.panel
    rows = np.arange(len(panel.partner))
    assert panel.untrained_partners.shape == (3, len(rows))
    # a partner's cell is one of the cells, so it cannot exceed the largest of them
    assert (panel.untrained_partners <= panel.untrained[:, None] + 1e-12).all()
    values = np.abs(panel.values[rows, panel.partner])
    expected = panel.estimates.above[rows, panel.partner] & (
        values > panel.untrained_partners.max(axis=0)
    )
    assert expected.any()  # the planted encoders share what their twins do not
    strong = replace(panel, untrained_partners=np.ones((1, len(rows))), untrained=np.ones(1))
    assert not strong.above_twins.any()
    alone = replace(panel, untrained_partners=None, untrained=np.empty(0))
    assert not alone.above_twins.any()
