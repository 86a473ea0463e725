"""Relative depth counts layers that change something: those inserted that do not move no other."""

import numpy as np
import pytest

from substrate.analyses.layers.kept import KEPT, KEPT_UNTRAINED, kept_params
from substrate.analyses.layers.kept_measure import DIMENSION, last_change
from substrate.analyses.layers.meeting import LayerSide, counted, meeting
from substrate.analyses.layers.two_encoders import LAYERS, LAYERS_UNTRAINED, layers_params
from substrate.exhibits.layers.words import layers_context
from substrate.runs import Run
from tests.support.planted import planted_run

pytestmark = pytest.mark.filterwarnings("ignore")


def side(names):
    """Return a side of these blocks as they are listed; a block named again changes nothing."""
    listed = np.arange(1, len(names) + 1) / len(names)
    moves = np.array([i == 0 or names[i] != names[i - 1] for i in range(len(names))])
    found, width = counted(listed, moves), np.full(len(names), 8)
    pooling = ("spatial",) * len(names)
    return LayerSide("e", tuple(names), found.depth, moves, found.source, width, pooling)


@pytest.mark.parametrize("longer", ["aaaaaaabcdef", "abccccccdef", "abcdefffffff", "aabbbcdddef"])
def test_inserted_identity_blocks_leave_depth_and_partners_as_they_were(longer):
    short, long = side("abcdef"), side(longer)
    assert long.depth[long.moves] == pytest.approx(short.depth)
    for first, second in ((short, long), (long, short), (long, long)):
        met = meeting(first, second)
        assert [second.layers[j] for j in met.equal] == list(first.layers)
    grid = np.abs(np.arange(6)[:, None] - np.arange(6)) + np.arange(6) / 10
    at = np.cumsum(long.moves) - 1
    own = meeting(short, short).summary(grid, "lower")
    assert meeting(short, long).summary(grid[:, at], "lower") == pytest.approx(own)
    assert meeting(long, short).summary(grid[at], "lower") == pytest.approx(own)


@pytest.mark.parametrize("longer", ["aaaaaaabcdef", "abccccccdef", "abcdefffffff", "aabbbcdddef"])
def test_the_last_third_is_the_same_with_inserted_identity_blocks(longer):
    values = np.array([[0.1, 0.9, 0.4, 0.7, 0.2, 0.3]])
    short, long = side("abcdef"), side(longer)
    own = last_change(short.depth, values)
    at = np.cumsum(long.moves) - 1
    assert last_change(long.depth, values[:, at]) == pytest.approx(own)
    assert own == pytest.approx([0.3 - 0.7])
    assert last_change(np.ones(3), values[:, :3]) == pytest.approx([0.3])  # nothing moves


def test_depth_is_as_listed_where_every_layer_changes_something():
    listed = np.array([0.1, 0.5, 0.6, 1.0, 1.0])
    found = counted(listed, np.ones(5, dtype=bool))
    assert found.depth is listed and found.source.tolist() == [0, 1, 2, 3, 4]
    still = counted(listed, np.array([True, True, False, True, True]))
    assert still.depth == pytest.approx([0.1 / 0.9, 0.5 / 0.9, 0.5 / 0.9, 1, 1])
    assert still.source.tolist() == [0, 1, 1, 3, 4]


def test_a_run_passes_over_a_layer_that_changes_nothing(tmp_path, monkeypatch):
    run, read = planted_run(tmp_path, n=48, groups=16, untrained=1), Run.representation

    def repeated(self, ref, domain, layer=None, **more):
        if str(getattr(ref, "name", ref)) == "beta" and layer == "block.2":
            layer = "block.1"
        return read(self, ref, domain, **({} if layer is None else {"layer": layer}), **more)

    monkeypatch.setattr(Run, "representation", repeated)
    params = layers_params(run, "alpha", "beta", "rich")
    found, twins = (one.compute(run, params) for one in (LAYERS, LAYERS_UNTRAINED))
    assert found.second.moves.tolist() == [True, True, False, True, True, True]
    assert found.second.depth[1] == found.second.depth[2]
    assert 2 not in found.equal
    kept, of_twins = (one.compute(run, kept_params(run, "rich")) for one in (KEPT, KEPT_UNTRAINED))
    one = kept.of("beta")
    assert one.depth.tolist() == found.second.depth[:5].tolist()
    row = one.row(DIMENSION)
    assert one.change[row] == pytest.approx(last_change(one.depth, one.values)[row])
    draws = of_twins.of("beta")
    assert draws.change == pytest.approx(last_change(one.depth, draws.values))
    said = layers_context(found, twins, None, ("Alpha", "Beta"))
    assert "block.2 of Beta changes next to nothing and has no share of the relative depth." in said
