"""The wall of shared directions, and what is shown of one of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from jaxtyping import UInt8

from substrate.analyses.sharedness.responses import Responses
from substrate.analyses.sharedness.wall import Wall
from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.verdict import Badge, Outcome, Verdict, compared, counted
from substrate.figures.sharedness import direction as figures
from substrate.figures.sharedness.wall import TITLE
from substrate.figures.sharedness.wall import wall as wall_figure
from substrate.figures.theme import Theme
from substrate.numerics.intervals import MIN_DRAWS
from substrate.wording import LONE_BAR, OWN_PAGE, many, number, with_interval


def wall(
    result: Wall, pictures: UInt8[np.ndarray, "n s s 3"], titles: Mapping[str, str], theme: Theme
) -> Exhibit:
    """Return shared directions by encoders, each cell its four top images and its r."""
    return Exhibit(
        key="wall-wall",
        title=TITLE,
        sentence=wall_sentence(result),
        verdict=wall_verdict(result),
        context=result.reason,
        figure=wall_figure(result, pictures, titles, theme),
        read="Each row is a direction of the shared subspace, the most shared one first; each "
        "column an encoder. The images are the held-out ones that this encoder alone scores "
        "highest along the direction; the number is how its scores correlate with the other "
        "encoders'. " + OWN_PAGE,
        table=wall_table(result, titles),
        trace=_trace(result),
    )


def wall_verdict(result: Wall) -> Verdict | None:
    """Return the verdict: how many directions agree in two or more encoders beyond which null."""
    if result.level is None:
        first = float(result.shared.mean[result.order[0]])
        return compared("The most shared direction", first, Outcome.FEW, Outcome.FEW)
    both, chance = (
        int((above.sum(axis=0) > 1).sum()) for above in (result.above_both, result.above_chance)
    )
    if both and result.draws:
        return _agreed(Badge.BOTH, both, "beyond both nulls")
    return _agreed(Badge.SHUFFLING if chance else Badge.UNTOLD, chance, "beyond shuffling")


def _agreed(badge: Badge, count: int, beyond: str) -> Verdict | None:
    verb = "agrees" if count == 1 else "agree"
    return counted(badge, "", count, "direction", f"{verb} in two or more encoders {beyond}")


def wall_sentence(result: Wall) -> str:
    """Say how many directions every encoder sees beyond both nulls."""
    shared = result.shared
    first = int(result.order[0])
    best = with_interval(float(shared.mean[first]), shared.mean_low[first], shared.mean_high[first])
    lead = f"direction {first + 1} is shared most: correlation {best} over encoders"
    if result.level is None or not result.compared:
        return f"On {shared.size.title}, {lead}{_too_few(result)}."
    every = int(result.above_both.all(axis=0).sum())
    return (
        f"On {shared.size.title}, {every} of {many(shared.k, 'direction')} "
        f"{'is' if every == 1 else 'are'} seen by every encoder beyond shuffling and untrained "
        f"twins; {lead}."
    )


def _too_few(result: Wall) -> str:
    """Say that there are too few draws of untrained panels, where there are some."""
    if result.compared or not result.draws or result.level is None:
        return ""
    drawn = many(result.draws, "draw")
    return f"; {drawn} of untrained panels are too few to compare with ({MIN_DRAWS} are needed)"


def wall_table(result: Wall, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return a row per direction and encoder: r, its interval, and what it stands beside."""
    shared = result.shared
    rows = [
        {
            "direction": int(direction) + 1,
            "encoder": titles[name],
            "r": shared.correlations[e, direction],
            "low": shared.low[e, direction],
            "high": shared.high[e, direction],
        }
        | _told(result, e, int(direction))
        for direction in result.order
        for e, name in enumerate(shared.encoders)
    ]
    return pd.DataFrame(rows)


def _told(result: Wall, encoder: int, direction: int) -> dict[str, bool | float]:
    """Return which nulls a cell exceeds, nothing where nothing is compared with chance."""
    if result.level is None:
        return {}
    return {
        "untrained, 95 % level": result.twins[encoder, direction],
        "above chance": bool(result.above_chance[encoder, direction]),
        "above untrained as well": bool(result.above_both[encoder, direction]),
    }


def agreement(result: Wall, direction: int, titles: Mapping[str, str], theme: Theme) -> Exhibit:
    """Return one direction's correlation in each encoder (``direction`` from 0)."""
    table, groups = wall_table(result, titles), result.shared.size.nouns.groups
    return Exhibit(
        key="direction-agreement",
        title=f"Direction {direction + 1}: agreement in each encoder",
        sentence=direction_sentence(result, direction),
        verdict=of_direction(result, direction),
        context=result.reason,
        figure=figures.agreement(result, direction, titles, theme),
        read="Each dot is how one encoder's scores along the direction correlate with the other "
        f"encoders' on held-out images, with its 95 % CI over {groups}{_mark(result)}.",
        table=table[table["direction"] == direction + 1],
        trace=_trace(result) | {"direction": direction + 1},
    )


def _mark(result: Wall) -> str:
    if not result.compared:
        return ""
    return (
        "; the upright mark is what a further untrained panel stays below in all cells of the "
        "wall, in 95 % of cases"
    )


def of_direction(result: Wall, direction: int, subject: str = "this direction") -> Verdict | None:
    """Return the verdict on one direction: in how many encoders it exceeds which null."""
    if result.level is None:
        mean = float(result.shared.mean[direction])
        return compared(f"Direction {direction + 1}", mean, Outcome.FEW, Outcome.FEW)
    both, chance = (
        int(above[:, direction].sum()) for above in (result.above_both, result.above_chance)
    )
    badge = Badge.BOTH if both else Badge.SHUFFLING if chance else Badge.UNTOLD
    beyond = "beyond both nulls" if both else "beyond shuffling"
    return counted(badge, f"{subject} agrees in", both or chance, "encoder", beyond)


def direction_sentence(result: Wall, direction: int) -> str:
    """Say how far encoders agree along one direction, and in how many beyond both nulls."""
    shared = result.shared
    value = with_interval(
        float(shared.mean[direction]), shared.mean_low[direction], shared.mean_high[direction]
    )
    said = f"Along direction {direction + 1} encoders correlate {value}"
    if result.level is None:
        return f"{said}."
    count, total = int(result.above_chance[:, direction].sum()), len(shared.encoders)
    if not result.compared:
        return f"{said}; {count} of {total} are above chance{_too_few(result)}."
    both = int(result.above_both[:, direction].sum())
    return (
        f"{said}; {count} of {total} are above chance, {both} above their untrained twins as well."
    )


def scores(result: Wall, direction: int, theme: Theme) -> Exhibit:
    """Return how held-out samples are spread along a direction."""
    shared = result.shared
    values = shared.scores[:, direction]
    return Exhibit(
        key="direction-scores",
        title=f"Direction {direction + 1}: scores",
        sentence=f"The panel's scores of {shared.n_test} held-out samples along the direction.",
        figure=figures.score_spread(shared, direction, theme),
        read=LONE_BAR,
        table=pd.DataFrame({"row": shared.rows, "score": values}),
        trace=_trace(result) | {"direction": direction + 1},
    )


def correlates(responses: Responses, result: Wall, direction: int, theme: Theme) -> Exhibit:
    """Return the low-level image statistics that a direction follows."""
    strongest = responses.strongest(direction)
    said = (
        f"It follows {strongest[0]} most closely, r = {number(strongest[1])}."
        if strongest
        else "Every image statistic is constant on these images."
    )
    row = responses.correlations[direction]
    table = pd.DataFrame(
        {
            "statistic": responses.names,
            "r": row,
            "low": responses.low[direction],
            "high": responses.high[direction],
        }
    )
    return Exhibit(
        key="direction-correlates",
        title=f"Direction {direction + 1}: correlation with image statistics",
        sentence=said,
        context=responses.reason,
        figure=figures.correlates(responses, direction, theme),
        read=f"The {figures.STATISTICS} statistics of the images that the panel's scores follow "
        f"most closely{_beyond(responses)}.",
        table=table,
        trace=_trace(result) | {"direction": direction + 1},
    )


def _beyond(responses: Responses) -> str:
    """Say what the dotted lines are, where there are any."""
    if responses.no_chance:
        return ""
    groups = responses.size.nouns.groups
    return f"; beyond the dotted lines more than permuted {groups} give in the largest cell"


def _trace(result: Wall) -> dict[str, Any]:
    shared = result.shared
    return {
        "encoders": ", ".join(shared.encoders),
        "domain": shared.size.domain,
        "n": shared.size.caption,
        "held out": shared.n_test,
        "K": shared.k,
        "whitening": shared.whitening,
        "seed": shared.seed,
        "shuffled panels": len(shared.shuffled),
        "untrained panels": result.draws,
    }
