"""All pairs of several encoders: one planted truth in an order of its own in each."""

from types import SimpleNamespace

import numpy as np
import pytest

from substrate.analyses.spec import AnalysisError
from substrate.analyses.units import one_to_one, several
from substrate.analyses.units.several import SEVERAL, SeveralParams
from tests.numerics.units.planted import blocks_of, maps
from tests.support.planted import planted_run

WIDTH = 6
NAMES = ("alpha", "omega", "gamma")


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    run = planted_run(
        tmp_path_factory.mktemp("several"),
        n=40,
        groups=40,
        untrained=2,
        encoders=dict.fromkeys(NAMES, WIDTH),
        domains=("rich",),
    )
    with pytest.MonkeyPatch.context() as patch:
        for module in (several, one_to_one):
            patch.setattr(module, "read_place", read)
        return run, SEVERAL.compute(run, SeveralParams(NAMES, "block.0", "rich"))


def order(name):
    return np.random.default_rng(NAMES.index(name)).permutation(WIDTH)


def read(_run, _place, one):
    """Give all encoders one truth with noise; twins and shuffled photographs share nothing."""
    names = one.first.name, one.second.name
    seed = [one.shuffle + 1, 0 if one.first.twin is None else 1 + one.first.twin]
    rng = np.random.default_rng([*seed, *(NAMES.index(name) for name in names)])
    truth, nothing = maps(rng, 40, 9, WIDTH), any(seed)
    a, b = (
        (maps(rng, 40, 9, WIDTH) if nothing else truth + 0.3 * maps(rng, 40, 9, WIDTH))[
            :, :, order(name)
        ]
        for name in names
    )
    return SimpleNamespace(blocks=blocks_of(a, b, one.blocks or 20), grids=((3, 3), (3, 3)))


def test_one_truth_comes_back_around_three_and_the_nulls_do_not(found):
    _, result = found
    assert result.consistency == 1.0 and result.chance == pytest.approx(1 / WIDTH)
    assert len(result.consistency_shuffled) == 5 and len(result.consistency_twins) == 2
    assert result.consistency_shuffled.mean() < 0.6
    assert [(one.first, one.second) for one in result.pairs] == [
        ("alpha", "omega"),
        ("alpha", "gamma"),
        ("omega", "gamma"),
    ]


def test_matrices_have_their_matches_on_the_diagonal_and_cycles_add_up(found):
    _, result = found
    for one in result.pairs:
        assert (one.ordered.argmax(axis=1) == np.arange(WIDTH)).all()
        assert one.cycles.sum() == WIDTH and (np.diff(one.cycles) <= 0).all()
        assert one.mean.low < one.mean.value < one.mean.high and one.above_rotations.low > 0
    # The permutation is known: unit i of A is the truth's order_a[i], which B has elsewhere.
    step = np.argsort(order("omega"))[order("alpha")]
    lengths, left = [], set(range(WIDTH))
    while left:
        unit, count = min(left), 0
        while unit in left:
            left.remove(unit)
            unit, count = step[unit], count + 1
        lengths.append(count)
    assert result.pairs[0].cycles.tolist() == sorted(lengths, reverse=True)


def test_one_encoder_is_refused(found):
    run, _ = found
    with pytest.raises(AnalysisError, match="Two encoders of one architecture"):
        SEVERAL.compute(run, SeveralParams(("alpha",), "block.0", "rich"))
