"""Numbers of the Layers figures by another way: loops over samples, from stored features alone."""

import numpy as np
import pytest

from substrate.analyses.layers.operations import OPERATIONS, operations_params
from substrate.analyses.layers.two_encoders import LAYERS, layers_params
from substrate.analyses.spec import obtain
from substrate.numerics.depth.dimension import nearest_in_groups, two_nearest
from substrate.numerics.metrics import METRICS
from tests.support.planted import planted_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("route"), n=40, groups=20, untrained=0)


def features(run, encoder, layer):
    return np.asarray(run.representation(encoder, "rich", layer).features, float)


def distances(x):
    return np.sqrt(np.square(x[:, None] - x).sum(axis=2))


def imbalance(x, y, k, groups):
    """Average the rank in y of each sample's k nearest in x; equals share ranks and weight."""
    dx, dy, out = distances(x), distances(y), []
    for i in range(len(x)):
        others = np.flatnonzero(groups != groups[i])
        a, b = dx[i, others], dy[i, others]
        same = np.abs(b[:, None] - b) <= 1e-9 * b.max()
        ranks = ((b[:, None] > b) & ~same).sum(axis=1) + (same.sum(axis=1) + 1) / 2
        kth = np.sort(a)[k - 1]
        at = np.abs(a - kth) <= 1e-9 * a.max()
        sure = (a < kth) & ~at
        weights = (sure + at * (k - sure.sum()) / at.sum()) / k
        out.append((weights * ranks).sum() / (len(others) + 1))
    return 2 * np.mean(out)


@pytest.mark.parametrize("k", [1, 5])
def test_information_imbalance_on_the_page_and_with_ties(run, k):
    groups = run.groups("rich")
    params = layers_params(run, "alpha", "beta", "rich", "information_imbalance", k)
    found = obtain(LAYERS, run, params)
    for i, j in ((1, 4), (4, 0)):
        x = features(run, "alpha", found.first.layers[i])
        y = features(run, "beta", found.second.layers[j])
        assert found.scores.values[i, j] == pytest.approx(imbalance(x, y, k, groups), abs=1e-9)
    x, y = (np.round(features(run, e, "block.1")[:, :3]) for e in ("alpha", "beta"))
    score = METRICS["information_imbalance"].score(x, y, k=k, groups=groups)
    assert score == pytest.approx(imbalance(x, y, k, groups), abs=1e-9)


def test_the_dimension_counts_neighbours_of_two_other_photographs(run):
    x, groups = features(run, "gamma", "penultimate"), run.groups("rich")
    d, ratios = distances(x), []
    for i in range(len(x)):
        nearest = sorted(d[i, groups == g].min() for g in set(groups) - {groups[i]})
        ratios.append(np.log(nearest[1] / nearest[0]))
    ratios = np.sort(ratios)
    kept = int(np.ceil(0.9 * len(ratios)))
    total = ratios[:kept].sum() + (len(ratios) - kept) * ratios[kept - 1]
    found = two_nearest(nearest_in_groups(x, groups))
    assert found == pytest.approx((kept - 1) / total, rel=1e-9)


def test_alike_steps_and_slopes_with_the_error_of_left_out_photographs(run):
    found = obtain(OPERATIONS, run, operations_params(run, "alpha", "beta", "rich"))
    groups = run.groups("rich")
    between = groups[:, None] != groups

    def unit(encoder, layer):
        x = features(run, encoder, layer)
        x = x - x.mean(axis=0)
        gram = (x @ x.T)[between]
        return gram / np.linalg.norm(gram)

    def change(side, at):
        return unit(side.encoder, side.layers[at + 1]) - unit(side.encoder, side.layers[at])

    a, b = change(found.first, 1), change(found.second, 3)
    cosine = a @ b / np.linalg.norm(a) / np.linalg.norm(b)
    assert found.alike[1, 3] == pytest.approx(cosine, abs=1e-9)

    def slope(rows):
        far = []
        for layer, met in zip(found.stages.layers[:2], found.met.layers, strict=False):
            x = features(run, "alpha", layer)[rows]
            y = features(run, "beta", met)[rows]
            of = groups[rows]
            own = (imbalance(x, x, 1, of) + imbalance(y, y, 1, of)) / 2
            both = (imbalance(x, y, 1, of) + imbalance(y, x, 1, of)) / 2
            far.append((both - own) / (1 - own))
        return (far[1] - far[0]) / (found.stages.depth[1] - found.stages.depth[0])

    whole = np.arange(len(groups))
    assert found.slope.value[0] == pytest.approx(slope(whole), abs=1e-9)
    left = np.array([slope(whole[groups != g]) for g in sorted(set(groups))])
    error = np.sqrt(19 / 20 * np.square(left - left.mean()).sum())
    assert found.slope.standard_error[0] == pytest.approx(error, rel=1e-6)
