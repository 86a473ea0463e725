"""What the further views of what encoders share say: settings, paradigms, owners, responses."""

from __future__ import annotations

import numpy as np

from substrate.analyses.shared.halves import sampled
from substrate.analyses.sharedness.by_paradigm import Paradigms
from substrate.analyses.sharedness.by_setting import Settings
from substrate.analyses.sharedness.leave_encoder_out import Sharedness
from substrate.analyses.sharedness.responses import Responses
from substrate.wording import MINUS, many, number, percent, where, with_interval


def settings_sentence(result: Settings) -> str:
    """Say in how many settings the effect of training has the same sign."""
    clear = f"; in {result.clear} its interval lies above zero" if not result.reason else ""
    place = where(
        result.size.title,
        result.size.photographs,
        within=result.size.within,
        group=result.size.nouns.group,
    )
    return (
        f"{place}, the effect of training on what encoders share has the same sign in "
        f"{result.agreeing} of {result.count} settings (median "
        f"{number(float(np.median(result.effect)))}){clear}."
    )


def settings_context(result: Settings) -> str:
    """Say what an effect is, on which samples, and why it has no interval where it has none."""
    first = int(result.split.min()) if result.count else 0
    drawn = sampled(result.size.n, first)
    on = f"{drawn} of {result.size.caption}" if drawn else result.size.caption
    what = (
        f"Trained {MINUS} the mean of untrained panels" if result.seeds else "The trained panel's"
    )
    return f"{what}, on {on}. {result.reason}".strip()


def paradigms_sentence(result: Sharedness, kinds: Paradigms) -> str:
    """Say which paradigms' encoders follow the first shared direction most and least closely."""
    place = where(
        result.size.title,
        result.size.photographs,
        within=result.size.within,
        group=result.size.nouns.group,
    )
    first = kinds.values[:, 0]
    high, low = int(np.argmax(first)), int(np.argmin(first))
    sentence = (
        f"{place}, what {kinds.names[high]} encoders see along the first shared direction "
        f"correlates {_value(kinds, high)} with what the others see"
    )
    if high != low:
        sentence += f", what {kinds.names[low]} encoders see {_value(kinds, low)}"
    return f"{sentence}."


def _value(kinds: Paradigms, index: int) -> str:
    low, high = float(kinds.low[index, 0]), float(kinds.high[index, 0])
    return with_interval(float(kinds.values[index, 0]), low, high)


def owners_sentence(result: Sharedness, titles: dict[str, str]) -> str:
    """Say whose loadings a direction consists of most, over all directions."""
    owner, k = np.unravel_index(int(np.argmax(result.loading_shares)), result.loading_shares.shape)
    name = titles.get(result.encoders[owner], result.encoders[owner])
    return (
        f"The largest share of a direction's loadings is {name}'s: "
        f"{percent(float(result.loading_shares[owner, k]))} of direction {k + 1}, where equal "
        f"shares would be {percent(1 / len(result.encoders))}."
    )


def responses_sentence(result: Responses) -> str:
    """Say what the first direction follows, and how many follow a statistic beyond chance."""
    strongest = result.strongest(0)
    follows = f"{strongest[0]} (r = {number(strongest[1])})" if strongest else "no statistic"
    first = f"the first shared direction follows {follows} most closely"
    if result.no_chance:
        place = f"On {result.size.title}, within these {result.size.nouns.groups}"
        return f"{place}, {first}. {result.no_chance}"
    largest = np.nan_to_num(np.abs(result.correlations)).max(axis=1)
    beyond = int((largest > result.tau).sum())
    return (
        f"On {result.size.title}, {first}; {beyond} of {many(result.k, 'direction')} "
        f"{'follows' if beyond == 1 else 'follow'} some low-level statistic beyond chance."
    )
