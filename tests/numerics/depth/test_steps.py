"""Steps along the depth: worked by hand, by laws, and where nothing changes."""

import numpy as np
import pytest

from substrate.numerics.depth.steps import distances, moving, smoothness, stages
from substrate.numerics.intervals import group_jackknife
from substrate.numerics.metrics.imbalance import prepare, take_rows
from substrate.numerics.scales import scale_of


def layers(count=5, n=60, seed=0, noise=0.6):
    """Return representations that drift away from the first, step by step."""
    rng = np.random.default_rng(seed)
    out = [rng.normal(size=(n, 6))]
    for _ in range(count - 1):
        out.append(out[-1] + noise * rng.normal(size=(n, 6)))
    return out


def path(xs, groups=None):
    return distances([prepare(x, groups=groups) for x in xs])


def of_stages(d, count):
    return smoothness(d, stages(d, count))


def by_hand(a, b):
    """Return the calibrated distance of two spaces from the definition, sample by sample."""

    def ranks(x):
        d = np.linalg.norm(x[:, None] - x, axis=2)
        np.fill_diagonal(d, -1)
        return d.argsort(axis=1).argsort(axis=1)

    n, ra, rb = len(a), ranks(a), ranks(b)
    forth = 2 / n * np.mean([rb[i, np.flatnonzero(ra[i] == 1)[0]] for i in range(n)])
    back = 2 / n * np.mean([ra[i, np.flatnonzero(rb[i] == 1)[0]] for i in range(n)])
    return ((forth + back) / 2 - 2 / n) / (1 - 2 / n)


def test_the_distance_is_that_of_the_definition():
    a, b, c = layers(3)
    d = path([a, b, c])
    assert d == pytest.approx(d.T) and np.diagonal(d) == pytest.approx(0)
    for i, x in enumerate((a, b, c)):
        for j, y in enumerate((a, b, c)):
            assert d[i, j] == pytest.approx(by_hand(x, y), abs=1e-12)


def test_a_turned_scaled_or_shifted_space_is_no_step_and_an_unrelated_one_a_whole_step():
    rng = np.random.default_rng(1)
    x = rng.normal(size=(300, 4))
    turned = 3 * x @ np.linalg.qr(rng.normal(size=(4, 4)))[0] + 7
    d = path([x, turned, rng.normal(size=(300, 4))])
    assert d[0, 1] == pytest.approx(0, abs=1e-12)
    assert d[0, 2] == pytest.approx(1, abs=0.1)


def test_tiles_of_a_photograph_are_no_neighbours():
    rng = np.random.default_rng(2)
    groups = np.repeat(np.arange(30), 3)
    tiles = 10 * rng.normal(size=(30, 3))[groups] + 0.01 * rng.normal(size=(90, 3))
    again = 10 * rng.normal(size=(30, 3))[groups] + 0.01 * rng.normal(size=(90, 3))
    assert path([tiles, again])[0, 1] < 0.5  # tiles find each other in both
    assert path([tiles, again], groups)[0, 1] > 0.7


def test_the_summaries_are_what_their_names_say():
    d = np.array(
        [
            [0.0, 0.1, 0.3, 0.5],
            [0.1, 0.0, 0.3, 0.4],
            [0.3, 0.3, 0.0, 0.2],
            [0.5, 0.4, 0.2, 0.0],
        ]
    )
    steps = np.array([0.1, 0.3, 0.2])
    found = of_stages(d, 4)
    assert found == pytest.approx([steps.std() / 0.2, 0.3, 0.2, 0.6 / 0.5])
    assert of_stages(d, 2) == pytest.approx([0, 0.5, 0.5, 1])


@pytest.mark.parametrize("places", [(0,), (2, 2), (0, 1, 3, 4), (4, 4, 4)])
def test_inserted_layers_that_change_nothing_leave_all_as_it_was(places):
    xs = layers(5)
    longer = list(xs)
    for place in sorted(places, reverse=True):
        longer.insert(place, xs[place])
    d, more = path(xs), path(longer)
    assert moving(d).tolist() == [0, 1, 2, 3, 4]
    assert len(moving(more)) == 5
    for count in (3, 4, 5):
        assert of_stages(more, count) == pytest.approx(of_stages(d, count), abs=1e-12)


@pytest.mark.parametrize("size", [1e-3, 1e-2])
def test_inserted_layers_that_change_next_to_nothing_leave_variation_as_it_was(size):
    """Four blocks of a relative change of one in a thousand, or in a hundred, after the first."""
    rng, own, more = np.random.default_rng(5), [], []
    for seed in range(6):
        xs = layers(6, n=96, seed=seed)
        near = [xs[0] * (1 + size * rng.normal(size=xs[0].shape)) for _ in range(4)]
        d, longer = path(xs), path([xs[0], *near, *xs[1:]])
        assert len(moving(longer)) == 6 and len(moving(longer, share=0.0)) > 6 - (size < 1e-2)
        own.append(of_stages(d, 6)[0])
        more.append(of_stages(longer, 6)[0])
    assert np.mean(more) == pytest.approx(np.mean(own), rel=0.05)


def test_small_steps_add_up_until_they_are_a_share_of_the_path():
    line = np.cumsum([0.0, *[0.001] * 5, 1.0])
    d = np.abs(line[:, None] - line)
    assert moving(d).tolist() == [0, 3, 6]  # .003 of 1.005
    assert moving(d, share=0.0).tolist() == list(range(7))


def test_stages_are_evenly_spaced_and_refused_where_too_few_layers_differ():
    d = path(layers(7))
    assert stages(d, 4).tolist() == [0, 2, 4, 6]
    assert stages(d, 3).tolist() == [0, 3, 6]
    with pytest.raises(ValueError, match="7 layers differ from the one before, and 8 are needed"):
        stages(d, 8)
    still = path([layers(1)[0]] * 4)
    with pytest.raises(ValueError, match="1 layers differ"):
        of_stages(still, 3)


def test_a_network_that_jumps_once_is_rougher_than_one_that_drifts():
    drifting = of_stages(path(layers(6, n=150, noise=0.4)), 6)
    rng = np.random.default_rng(3)
    start = layers(3, n=150, noise=0.1)
    jump = rng.normal(size=(150, 6))
    jumping = [*start, jump, jump + 0.1 * rng.normal(size=jump.shape)]
    rough = of_stages(path(jumping), 5)
    assert rough[0] > 2 * drifting[0]  # variation
    assert rough[1] > 2 * drifting[1]  # largest step


def test_intervals_of_steps_and_summaries_cover():
    """Nearest neighbours are no smooth statistic: blocks of photographs left out still cover."""
    rng, n, noise = np.random.default_rng(4), 60, (0.3, 0.9, 0.5)

    def world():
        xs = [rng.normal(size=(n, 5))]
        for size in noise:
            xs.append(xs[-1] + size * rng.normal(size=(n, 5)))
        return [prepare(x) for x in xs]

    def values(states):
        d = distances(states)
        return np.concatenate([np.diagonal(d, 1), of_stages(d, 4)])

    truth = np.mean([values(world()) for _ in range(200)], axis=0)
    held = []
    for _ in range(40):
        states = world()

        def without(rows, states=states):
            return values([take_rows(state, rows) for state in states])

        found = group_jackknife(without, np.arange(n), max_units=20).interval(scale_of(0.0, np.inf))
        held.append((found.low <= truth) & (truth <= found.high))
    assert (np.mean(held, axis=0) >= 0.9).all()
