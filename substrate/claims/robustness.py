"""In how many settings of the switches, and in how many domains, a claim says the same."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from substrate.analyses.shared.replicates import Replicates
from substrate.claims.measures import Measure
from substrate.claims.preregistered import Claim
from substrate.claims.verdict import NOT_TESTED, answered, decide


def robustness(claim: Claim, measure: Measure, answers: Sequence[Replicates]) -> dict[str, Any]:
    """Count the settings and the domains in which the controls together say the same."""
    first = answers[0]
    default = _said(claim, measure, first, first.deciding)
    switches = [_said(claim, measure, one, group) for one in answers for group in _by_label(one)]
    places = [i for i, p in enumerate(first.places) if p and _label(first, i)]
    alone = [_said(claim, measure, first, (i,)) for i in places]
    tested = [said for said in switches if said != NOT_TESTED]
    settled = [said for said in alone if said != NOT_TESTED]
    if default == NOT_TESTED:
        return {}
    return {
        "holds": sum(said == default for said in tested),
        "settings": len(tested),
        "places_hold": sum(said == default for said in settled),
        "places": len(settled),
        "place": first.place,
    }


def _label(replicates: Replicates, index: int) -> bool:
    """Say whether a setting has the switches of the default one."""
    return replicates.settings[index] == replicates.settings[replicates.deciding[0]]


def _by_label(replicates: Replicates) -> list[tuple[int, ...]]:
    """Return the settings that decide together, one tuple per position of the switches."""
    places = replicates.places or ("",) * len(replicates.settings)
    scope = {places[i] for i in replicates.deciding}
    groups: dict[str, list[int]] = {}
    for i, label in enumerate(replicates.settings):
        if places[i] in scope:
            groups.setdefault(label, []).append(i)
    return [tuple(group) for group in groups.values()]


def _said(claim: Claim, measure: Measure, replicates: Replicates, at: Sequence[int]) -> str:
    answers = {
        control: decide(
            claim.form,
            [replicates.estimate(lambda q, c=control: measure(q).lead(c), s) for s in at],  # type: ignore[misc]
            claim.tolerance,
        ).answer
        for control in claim.controls
    }
    return answered(answers, claim.rests_on)
