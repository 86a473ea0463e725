"""What Units and Maps say in worlds whose truth is known: silence, and what is planted."""

import pytest

from benchmarks.unit_worlds import INDEPENDENT, PLANTED, SAYS, UNEVEN, trial

DECIDES = {badge.value for badge in SAYS}


@pytest.mark.parametrize(("kind", "seed"), [(INDEPENDENT, 0), (UNEVEN, 2), (UNEVEN, 3)])
def test_of_all_encoders_none_is_said_to_predict_another_where_nothing_is_shared(kind, seed):
    found = trial(kind, seed, wanted=["who predicts whom"])
    assert found["who predicts whom"] not in DECIDES


def test_units_in_another_order_are_found():
    wanted = ["matched units", "few units", "who predicts whom"]
    found = trial(PLANTED, 0, wanted=wanted)
    assert set(found.values()) <= DECIDES and len(found) == len(wanted)
