"""The ledger in worlds whose truth is known: where it must stay silent, and what it must find."""

import numpy as np
import pytest

from benchmarks.verdicts import another_draw, decides, rule, trial
from benchmarks.worlds import INDEPENDENT, LOW_LEVEL, PLANTED, UNTRAINED
from substrate.claims.verdict import NO, YES

ROW = "shared_across_architectures"


@pytest.fixture(scope="module")
def found():
    """Return how often the rule decides, by when, truth and spread."""
    return {(r.study, r.design, r.quantity): r.rate for r in rule(300)}


def test_a_further_untrained_draw_decides_in_five_percent_and_not_in_half(found):
    name = "draws vary 2.5 times as much"
    assert found["rule, before", "another draw, 3 draws of twins", name] > 0.35
    for draws in (5, 10):
        assert found["rule, after", f"another draw, {draws} draws of twins", name] < 0.09


def test_an_effect_of_five_deviations_between_draws_is_found(found):
    name = "draws vary 2.5 times as much"
    design = "an effect of five deviations, 10 draws of twins"
    assert found["rule, after", design, name] > 0.9


def test_too_few_draws_decide_nothing():
    few = another_draw(np.random.default_rng(0), between=0.005, error=0.002, draws=4, effect=1.0)
    assert decides(few, draws=True) == "cannot be tested"


@pytest.mark.parametrize("kind", [UNTRAINED, LOW_LEVEL])
def test_controls_that_any_network_beats_or_loses_to_decide_no_row(kind):
    """Pixels, random bases and zero truly differ from any panel: that is not about training."""
    found = [trial(kind, seed, n=60, draws=5, themes=("domains",)) for seed in range(2)]
    alone = [a for one in found for a in one.alone.values()]
    assert sum(a in (YES, NO) for a in alone) >= 2
    decided = [a for one in found for a in one.after.values() if a in (YES, NO)]
    assert len(decided) <= 1
    assert all(one.after["pcka_four"] not in (YES, NO) for one in found)


@pytest.mark.parametrize("kind", [UNTRAINED, INDEPENDENT, LOW_LEVEL])
def test_nothing_is_said_of_training_where_nothing_was_learned(kind):
    for seed in range(2):
        one = trial(kind, seed, n=60, draws=5, themes=("sharing",))
        assert one.after[ROW] not in (YES, NO)


def test_a_planted_direction_is_found():
    one = trial(PLANTED, 0, n=100, draws=5, themes=("sharing",))
    assert one.after[ROW] == YES
