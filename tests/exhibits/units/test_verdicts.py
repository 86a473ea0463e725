"""What the verdict on matched units says where untrained twins match more than they do."""

from types import SimpleNamespace

import numpy as np

from substrate.exhibits.sharedness.verdicts import of_paradigms, of_settings
from substrate.exhibits.units.verdicts import of_matching
from substrate.exhibits.verdict import Badge
from tests.exhibits.units.test_depth import estimate


def matching(above_twins, lead_above_twins):
    return SimpleNamespace(
        size=SimpleNamespace(within=False),
        mean=estimate(0.54),
        above_rotations=estimate(0.14),
        shuffled=np.linspace(0.14, 0.16, 5),
        above_twins=estimate(above_twins),
        lead_above_twins=estimate(lead_above_twins),
    )


def test_units_that_match_less_than_those_of_twins_are_not_praised_for_beating_rotated_axes():
    verdict = of_matching(matching(-0.2, 0.0))
    assert verdict.badge is Badge.BELOW
    assert verdict.short == "Matched units correlate at 0.54, less than those of untrained twins"


def test_units_as_twins_are_beyond_rotated_axes_only_and_beyond_twins_beyond_both():
    verdict = of_matching(matching(0.0, 0.0))
    assert verdict.badge is Badge.SHUFFLING
    assert verdict.short == "Units match better than rotated axes, by 0.14"
    assert of_matching(matching(-0.2, 0.13)).badge is Badge.BOTH
    assert of_matching(matching(-0.2, -0.13)).short.startswith("Units exceed rotated axes by 0.14")


def test_settings_are_counted_by_the_interval_of_what_training_adds():
    def settings(clear, **changed):
        known = {"reason": "", "seeds": (0, 1), "agreeing": 52, "clear": clear, "count": 60}
        size = SimpleNamespace(within=False)
        return SimpleNamespace(size=size, effect=np.array([-0.1, -0.2, 0.1]), **known | changed)

    said = "The interval of what training adds lies above zero in"
    for clear, badge in ((60, Badge.TWINS), (28, Badge.SEVERAL), (0, Badge.UNTOLD)):
        verdict = of_settings(settings(clear))
        assert (verdict.badge, verdict.short) == (badge, f"{said} {clear} settings")
    untested = of_settings(settings(0, reason="Too few."))
    assert untested.badge is Badge.NO_INTERVAL
    assert untested.short == "Training lowers sharedness in 52 settings"
    alone = of_settings(settings(0, seeds=()))
    assert alone.short == "Sharedness has one sign in 52 settings"


def test_objectives_that_all_turn_away_from_a_direction_do_not_follow_it_most():
    kinds = SimpleNamespace(
        names=("masked", "supervised"), values=np.array([[0.6], [0.2]]), counts=(2, 3)
    )
    assert of_paradigms(kinds).short == "Masked encoders follow the first direction most: 0.60"
    kinds.counts = (1, 3)
    assert of_paradigms(kinds).short == (
        "Masked (one encoder) follows the first direction most: 0.60"
    )
    none = SimpleNamespace(names=kinds.names, values=np.array([[-0.2], [-0.03]]))
    assert of_paradigms(none).short == (
        "Encoders of no objective follow the first direction: at most \u22120.03"
    )
