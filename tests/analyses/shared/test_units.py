"""How many units take part is counted, carried by results, and said."""

import numpy as np
import pytest

from substrate.analyses.panel_choice import default_choice
from substrate.analyses.shared.units import (
    Units,
    together,
    units_of,
)
from substrate.analyses.spec import obtain
from substrate.analyses.subspace.procrustes_cka import MATRIX
from substrate.analyses.subspace.untrained import UNTRAINED
from substrate.analyses.training.alignment import (
    TRAINING,
    TrainingParams,
)
from tests.analyses.test_near_dead import planted


def test_units_count_what_is_left_out():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(40, 6)), rng.normal(size=(40, 3))
    x[:, 0], y[:, 1] = 5.0, np.where(np.arange(40) == 3, 2.0, 0.0)
    groups = np.arange(40) // 2
    found = units_of([x, y], groups)
    assert found == Units(2, 9) and found.text == "7 of 9 units (the others hardly vary)"
    assert units_of([x, y], groups, "none") == Units(1, 9)
    assert Units(0, 1234).text == "all 1,234 units"
    assert together([Units(0, 9), Units(2, 9)]) == "7 to 9 of 9 units (the others hardly vary)"
    assert together([Units(2, 9), Units(2, 9)]) == Units(2, 9).text


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted(tmp_path_factory.mktemp("units"), alive=True)


def test_results_carry_the_count_and_captions_say_it(run):
    choice = default_choice(run)
    width = sum(run.representation(e, "rich").features.shape[1] for e in run.panel)
    assert obtain(MATRIX, run, choice.matrix()).units == (Units(2, width),) * 2
    assert obtain(UNTRAINED, run, choice.untrained()).units == (Units(2, width),) * 4
    training = obtain(TRAINING, run, TrainingParams("alpha", "rich", permutations=20))
    own = run.representation("alpha", "rich").features.shape[1]
    assert training.units == Units(2, width - own)
    assert training.units.text in training.facts
