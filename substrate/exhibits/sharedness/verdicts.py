"""Verdicts on what encoders share: one domain, all domains, settings, paradigms, directions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from substrate.analyses.sharedness.by_paradigm import Paradigms
from substrate.analyses.sharedness.by_setting import Settings
from substrate.analyses.sharedness.leave_encoder_out import Sharedness
from substrate.analyses.sharedness.responses import Responses
from substrate.analyses.sharedness.untrained import UntrainedSharedness
from substrate.exhibits.verdict import (
    Badge,
    Outcome,
    Verdict,
    against_zero,
    compared,
    counted,
    first_that_fits,
    name,
)
from substrate.wording import number, percent

#: The share of shuffled panels, the panel itself among them, that may reach what it reaches.
ALPHA = 0.05


def on_one_domain(
    result: Sharedness, untrained: UntrainedSharedness | None, *, copies: bool = False
) -> Verdict | None:
    """Return the verdict on a panel's sharedness beside shuffled and untrained panels.

    A panel that holds undeclared ``copies`` is not judged: they agree whatever they learnt.
    """
    if copies:
        value = number(result.summary.value)
        return first_that_fits(
            Badge.FEW, f"the panel holds copies: its sharedness, {value}, is not judged"
        )
    return compared(
        "Sharedness",
        result.summary.value,
        shuffling(result),
        twins(result, untrained),
        place=result.size.title,
    )


def shuffling(result: Sharedness) -> Outcome:
    """Weigh a panel by panels of rows shuffled between encoders, itself counted among them."""
    if result.size.within or result.no_chance:
        return Outcome.FEW
    reached = np.count_nonzero(result.shuffled_summaries >= result.summary.value)
    p = (1 + reached) / (1 + len(result.shuffled_summaries))
    return Outcome.BEYOND if p <= ALPHA else Outcome.OPEN


def twins(result: Sharedness, untrained: UntrainedSharedness | None) -> Outcome:
    """Weigh a panel by its untrained twins, over photographs and draws."""
    if result.size.within:
        return Outcome.FEW
    if untrained is None:
        return Outcome.UNTESTED
    return against_zero(untrained.difference.low, untrained.difference.high)


def on_every_domain(
    panels: Sequence[Sharedness],
    untrained: Sequence[UntrainedSharedness | None],
    *,
    copies: bool = False,
) -> Verdict | None:
    """Return the verdict on several domains: on how many a panel shares more than its twins."""
    if copies:
        return counted(Badge.FEW, "the panel holds copies: not judged on", len(panels), "domain")
    outcomes = [twins(one, other) for one, other in zip(panels, untrained, strict=True)]
    tested = [one for one in outcomes if one not in (Outcome.UNTESTED, Outcome.FEW)]
    if not tested:
        badge = Badge.FEW if Outcome.UNTESTED not in outcomes else Badge.NO_INTERVAL
        return counted(badge, "not tested against untrained twins on", len(outcomes), "domain")
    more = sum(one is Outcome.BEYOND for one in tested)
    return counted(
        Badge.SEVERAL, "encoders share more than untrained twins on", more, "tested domain"
    )


def of_settings(result: Settings) -> Verdict | None:
    """Return the verdict on the effect of training over all settings of the switches."""
    if result.size.within:
        badge = Badge.FEW
    elif result.reason or not result.seeds:
        badge = Badge.NO_INTERVAL
    elif result.clear == result.count:
        badge = Badge.TWINS
    else:
        badge = Badge.SEVERAL if result.clear else Badge.UNTOLD
    if badge is Badge.FEW or badge is Badge.NO_INTERVAL:
        does = "raises" if np.median(result.effect) >= 0 else "lowers"
        effect = f"training {does} sharedness" if result.seeds else "sharedness has one sign"
        return counted(badge, f"{effect} in", result.agreeing, "setting")
    effect = "the interval of what training adds lies above zero in"
    return counted(badge, effect, result.clear, "setting")


def of_paradigms(kinds: Paradigms) -> Verdict | None:
    """Return which paradigm's encoders follow the first shared direction most closely."""
    high = int(np.argmax(kinds.values[:, 0]))
    most = float(kinds.values[high, 0])
    value = number(most)
    if most <= 0:
        return first_that_fits(
            Badge.DESCRIBED, f"encoders of no objective follow the first direction: at most {value}"
        )
    text = "encoders follow the first direction most"
    if kinds.counts[high] == 1:
        text = "(one encoder) follows the first direction most"
    return first_that_fits(Badge.DESCRIBED, f"{name(kinds.names[high])} {text}: {value}")


def of_loadings(result: Sharedness, titles: dict[str, str]) -> Verdict | None:
    """Return the largest share of a direction's loadings."""
    owner, k = np.unravel_index(int(np.argmax(result.loading_shares)), result.loading_shares.shape)
    share = percent(float(result.loading_shares[owner, k])).replace(" ", "\u00a0")
    encoder = name(titles.get(result.encoders[owner], result.encoders[owner]))
    return first_that_fits(
        Badge.DESCRIBED, f"{encoder} has the largest share of one direction's loadings: {share}"
    )


def of_responses(result: Responses) -> Verdict | None:
    """Return how many directions follow a low-level statistic beyond shuffling."""
    if result.no_chance:
        strongest = result.strongest(0)
        if not strongest:
            return None
        value = f"|r| = {number(abs(strongest[1]))} in these {result.size.nouns.groups}"
        return first_that_fits(
            Badge.FEW, f"the first direction follows {name(strongest[0])}: {value}"
        )
    largest = np.nan_to_num(np.abs(result.correlations)).max(axis=1)
    beyond = int((largest > result.tau).sum())
    badge = Badge.SHUFFLING if beyond else Badge.UNTOLD
    return counted(
        badge, "", beyond, "direction", f"{'follows' if beyond == 1 else 'follow'} image statistics"
    )
