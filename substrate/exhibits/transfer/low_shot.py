"""Few labels: substrate scores against full features, in words and as exhibits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from substrate.analyses.transfer.low_shot import SUBSTRATE, UNTRAINED, LowShotResult, Space
from substrate.analyses.transfer.tables import low_shot_table
from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.transfer import verdicts
from substrate.figures.theme import Theme
from substrate.figures.transfer import low_shot as figures
from substrate.wording import MINUS, between, percent, points, with_interval

PUBLISHED = (
    "Published: +3.8 points for substrate scores over the full features of DINOv2 at 50 labels per "
    f"class, {MINUS}0.2 at 200, {MINUS}1.5 at 500 (arXiv:2606.07882)."
)

CURVES, DIFFERENCES = "transfer-low-shot-curves", "transfer-low-shot-differences"
#: What each exhibit of a domain is listed under.
TITLES = {CURVES: "accuracy with few labels", DIFFERENCES: "points ahead of full features"}


def title_of(key: str, domain: str) -> str:
    """Return the title of an exhibit of a domain."""
    return f"{domain}: {TITLES[key]}"


def curves(result: LowShotResult, theme: Theme, titles: Mapping[str, str], domain: str) -> Exhibit:
    """Return the accuracy of every feature space against the number of labels."""
    return Exhibit(
        key=CURVES,
        title=title_of(CURVES, domain),
        sentence=low_shot_sentence(result, titles, domain),
        context=f"{low_shot_context(result)} {PUBLISHED}",
        verdict=verdicts.of_few_labels(result),
        figure=figures.curves(result, theme, titles),
        read=f"Tested on {result.nouns.groups} that gave no labels; markers are shifted a little "
        "so that intervals can be told apart.",
        table=low_shot_table(result),
        trace=trace(result),
    )


def differences(
    result: LowShotResult, theme: Theme, titles: Mapping[str, str], domain: str
) -> Exhibit:
    """Return how many points the substrate's scores are ahead of each encoder's full features."""
    return Exhibit(
        key=DIFFERENCES,
        title=title_of(DIFFERENCES, domain),
        sentence=differences_sentence(result),
        figure=figures.differences(result, theme, titles),
        read="Above zero, the substrate's scores are ahead, on the same labels and the same tested "
        "images. An interval across zero leaves it open.",
        table=low_shot_table(result),
        trace=trace(result),
    )


def low_shot_sentence(result: LowShotResult, titles: Mapping[str, str], domain: str) -> str:
    """Say what the fewest labels give, against the best encoder's full features."""
    ours, others = result.space(SUBSTRATE), _encoders(result)
    best = max(others, key=lambda space: space.accuracies[0].value)
    place = f"Within the {result.nouns.groups} of {domain}" if result.within else f"On {domain}"
    first = ours.accuracies[0]
    text = (
        f"{place}, {result.shots[0]} labels per class give "
        f"{with_interval(first.value, first.low, first.high, percent)} with {ours.width} substrate "
        f"scores, {gain(best, 0, len(others))} against the full features of {titles[best.name]}, "
        f"the best of {len(others)}"
    )
    if len(result.shots) == 1:
        return f"{text}."
    last = max(others, key=lambda space: space.accuracies[-1].value)
    ahead = gain(last, -1, len(others))
    return f"{text}; with {result.shots[-1]} labels, {ahead} against {titles[last.name]}."


def differences_sentence(result: LowShotResult) -> str:
    """Say against how many encoders the substrate's scores are ahead, by the fewest labels."""
    others = _encoders(result)
    ahead = sum(space.differences[0].value < 0 for space in others)
    text = (
        f"With {result.shots[0]} labels per class the substrate's scores are ahead of the full "
        f"features of {ahead} of {len(others)} encoders"
    )
    if any(space.differences[0].low is None for space in others):
        return f"{text}."
    apart = sum(space.differences[0].high < 0 for space in others)
    return f"{text}; the 95 % CI excludes zero for {apart} of these."


def gain(space: Space, at: int, picked_from: int = 1) -> str:
    """Write how many points the substrate's scores are ahead of a space, with the interval.

    The interval allows for having picked the space from so many.
    """
    difference = space.differences[at].picked_from(picked_from)
    text = f"{points(-difference.value)} points"
    if difference.low is None:
        return text
    return f"{text} ({between(-difference.high, -difference.low, points)})"


def low_shot_context(result: LowShotResult) -> str:
    """Say how the scores were made and what the numbers cannot show."""
    parts = [
        "The scores' directions come from all images of the domain, without their labels; the "
        "best encoder is picked by the same numbers, which flatters it.",
    ]
    reason = result.space(SUBSTRATE).accuracies[0].reason
    if result.within:
        parts.append(
            f"Separated strips of the same few {result.nouns.groups} give labels and are tested: "
            "no interval."
        )
    elif reason:
        parts.append(reason)
    if result.shots[-1] < 500:
        parts.append(
            f"Up to 500 labels per class are tried; the images of this study suffice for "
            f"{result.shots[-1]}. A study with more images per domain goes further."
        )
    return " ".join(parts)


def trace(result: LowShotResult) -> dict[str, Any]:
    """Return what the numbers rest on."""
    return {
        "domain": result.domain,
        "n": result.counted,
        "K": result.components,
        "whitening": "z-score",
        "draws of labels": result.repeats,
        "seed": result.seed,
        "held out": result.unit,
        "facts": result.facts,
    }


def _encoders(result: LowShotResult) -> list[Space]:
    """Return the encoders' full features."""
    return [space for space in result.spaces if space.name not in (SUBSTRATE, UNTRAINED)]
