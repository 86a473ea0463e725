"""What the Transfer page says of the detector and of few labels: sentences and tables."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from substrate.analyses.detector.accuracy import (
    DetectorResult,
    PixelResult,
    SweepResult,
    WithoutResult,
)
from substrate.analyses.detector.image import DetectionResult
from substrate.analyses.transfer.low_shot import (
    SUBSTRATE,
    UNTRAINED,
    LowShotResult,
    Space,
)
from substrate.exhibits.transfer.words import (
    with_range,
)
from substrate.numerics.nulls import Interval
from substrate.numerics.transfer.accuracy import Accuracy
from substrate.wording import (
    percent,
)

BY_PHOTOGRAPH, NAIVE = "by photograph", "random split"
SPLITS = (BY_PHOTOGRAPH, NAIVE)
PUBLISHED_DETECTOR = (
    "Published: 99.6 % over four domains with 16 scores "
    "(arXiv:2606.07882); how the images were split is not said."
)
PUBLISHED_LOW_SHOT = (
    "Published: +3.8 points for substrate scores over the full features of DINOv2 at 50 labels "
    "per class, \u22120.2 at 200, \u22121.5 at 500 "
    "(arXiv:2606.07882)."
)


def detector_sentence(result: DetectorResult, pixels: PixelResult | None) -> str:
    """Say how often a domain is recognised on photographs not seen, and what flatters it."""
    found = result.by_photograph
    told = "domain" if not result.apart else f"domain among {len(found.classes)}"
    text = (
        f"Held to photographs that it has not seen, a detector on {result.components} substrate "
        f"scores names an image's {told} in {with_range(found.balanced)} of cases, where guessing "
        f"gives {percent(1 / len(found.classes))}; a random split of the same images says "
        f"{percent(result.naive.balanced.value)}"
    )
    if pixels is None:
        return f"{text}."
    return (
        f"{text}, and {result.components} scores of the pixels alone reach "
        f"{percent(pixels.by_photograph.balanced.value)}."
    )


def detector_context(result: DetectorResult, titles: Mapping[str, str]) -> str:
    """Say why there is no interval, and which domains are set apart."""
    parts = ["Accuracies are averaged over domains, so that large ones do not count more."]
    if result.by_photograph.balanced.reason:
        parts.append(named(result.by_photograph.balanced.reason, titles))
    if result.apart:
        listed = ", ".join(titles[d] for d in result.apart)
        parts.append(
            f"{listed}: fewer than three photographs, so no photograph can be held out; the row "
            "“within photographs” includes these domains and says how recognisable their "
            "photographs are."
        )
    return " ".join(parts)


def named(reason: str, titles: Mapping[str, str]) -> str:
    """Put readable names of domains into a reason."""
    for name, title in titles.items():
        reason = reason.replace(f"({name})", f"({title})")
    return reason


def detector_rows(
    result: DetectorResult, pixels: PixelResult | None
) -> list[tuple[str, Accuracy, bool]]:
    """Return what the detector's chart shows: name, accuracy, whether photographs were held out."""
    k = result.components
    rows = [
        (f"{k} substrate scores, by photograph", result.by_photograph, True),
        (f"{k} substrate scores, random split", result.naive, False),
    ]
    if pixels is not None:
        rows += [
            (f"{k} pixel scores, by photograph", pixels.by_photograph, True),
            (f"{k} pixel scores, random split", pixels.naive, False),
        ]
    if result.within is not None:
        rows.append((f"all {len(result.within.classes)} domains, within photographs",
                     result.within, False))  # fmt: skip
    return rows


def detector_table(result: DetectorResult, pixels: PixelResult | None) -> pd.DataFrame:
    """Return one row per accuracy, overall and balanced, and per domain."""
    rows = []
    for name, found, _ in detector_rows(result, pixels):
        each = [("balanced", found.balanced), ("overall", found.overall),
                *zip(found.classes, found.recalls, strict=True)]  # fmt: skip
        rows += [{"of": name, "what": what, **_numbers(interval)} for what, interval in each]
    return pd.DataFrame(rows)


def confusion_table(found: Accuracy) -> pd.DataFrame:
    """Return the counts: rows are true domains, columns decisions."""
    table = pd.DataFrame(found.confusion, columns=list(found.classes))
    table.insert(0, "true", list(found.classes))
    return table


def sweep_table(result: SweepResult) -> pd.DataFrame:
    """Return balanced accuracy for each K and split."""
    return pd.DataFrame(
        {"K": k, "split": split, **_numbers(interval)}
        for split, intervals in ((BY_PHOTOGRAPH, result.by_photograph), (NAIVE, result.naive))
        for k, interval in zip(result.components, intervals, strict=True)
    )


def without_table(result: WithoutResult, everything: DetectorResult) -> pd.DataFrame:
    """Return each domain's recall with the basis of all domains, and with one made without it."""
    rows = []
    for domain, recall in zip(result.domains, result.recalls, strict=True):
        full = everything.by_photograph
        rows += [
            {"domain": domain, "basis": "of all", **_numbers(full.recalls[
                full.classes.index(domain)])},
            {"domain": domain, "basis": "without it", **_numbers(recall)},
        ]  # fmt: skip
    return pd.DataFrame(rows)


def detection_sentence(found: DetectionResult, titles: Mapping[str, str]) -> str:
    """Say which domain an image is from, or that it is none of these."""
    sure = f"{percent(found.probabilities[found.likeliest])} sure of {titles[found.likeliest]}"
    apart = (
        f"its five nearest training samples are {found.distance:.2f} away on average, where "
        f"{found.threshold:.2f} is usual at most (99 %)"
    )
    if found.inside:
        return (
            f"This image looks like {titles[found.domain]}: the classifier is {sure}, and {apart}."
        )
    return f"None of these: the classifier alone would be {sure}, but {apart}."


def detection_notes(found: DetectionResult, titles: Mapping[str, str]) -> str:
    """Say what the verdict cannot show."""
    text = (
        "The image is seen whole, shrunk to each encoder's input; tiles of photographs were cut "
        "from them at full size, so that a whole photograph may well be none of these."
    )
    if found.likeliest in found.within:
        text += (
            f" {titles[found.likeliest]} comes from fewer than three photographs: how far a new "
            "photograph of it may lie is not known, and the threshold is too strict."
        )
    return text


def detection_table(found: DetectionResult) -> pd.DataFrame:
    """Return the scores of an image, one row per direction."""
    return pd.DataFrame({"direction": range(1, len(found.scores) + 1), "score": found.scores})


def low_shot_sentence(result: LowShotResult, titles: Mapping[str, str], domain: str) -> str:
    """Say what the fewest labels give, against the best encoder's full features."""
    ours = result.space(SUBSTRATE).accuracies
    others = [s for s in result.spaces if s.name not in (SUBSTRATE, UNTRAINED)]
    best = max(others, key=lambda space: space.accuracies[0].value)
    place = f"Within the photographs of {domain}" if result.within else f"On {domain}"
    text = (
        f"{place}, {result.shots[0]} labels per class give {with_range(ours[0])} with "
        f"{result.space(SUBSTRATE).width} substrate scores, "
        f"{gain(best, 0, len(others))} against the full features of {titles[best.name]}, "
        f"the best of {len(others)}"
    )
    if len(result.shots) == 1:
        return f"{text}."
    last = max(others, key=lambda space: space.accuracies[-1].value)
    ahead = gain(last, -1, len(others))
    return f"{text}; with {result.shots[-1]} labels, {ahead} against {titles[last.name]}."


def gain(space: Space, at: int, picked_from: int = 1) -> str:
    """Write how many points the substrate's scores are ahead of a space, with the interval.

    The interval allows for having picked the space from so many.
    """
    found = space.differences[at].picked_from(picked_from)
    text = f"{_points(-found.value)} points"
    if found.low is None:
        return text
    return f"{text} ({_points(-found.high)} to {_points(-found.low)})"


def low_shot_context(result: LowShotResult) -> str:
    """Say how the scores were made and what the numbers cannot show."""
    parts = [
        "The scores' directions come from all images of the domain, without their labels; the "
        "best encoder is picked by the same numbers, which flatters it.",
    ]
    reason = result.space(SUBSTRATE).accuracies[0].reason
    if result.within:
        parts.append(
            "Separated strips of the same few photographs give labels and are tested: no interval."
        )
    elif reason:
        parts.append(reason)
    if result.shots[-1] < 500:
        parts.append(
            f"Up to 500 labels per class are tried; the images of this study suffice for "
            f"{result.shots[-1]}. A study with more images per domain goes further."
        )
    return " ".join(parts)


def low_shot_table(result: LowShotResult) -> pd.DataFrame:
    """Return one row per feature space and number of labels."""
    rows = []
    for space in result.spaces:
        for i, shot in enumerate(result.shots):
            line = {"features": space.name, "width": space.width, "labels per class": shot,
                    **_numbers(space.accuracies[i])}  # fmt: skip
            if space.differences:
                less = _numbers(space.differences[i])
                line |= {f"minus substrate, {name}": value for name, value in less.items()}
            rows.append(line)
    return pd.DataFrame(rows)


def _points(value: float) -> str:
    text = f"{100 * value:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "\u2212")


def _numbers(interval: Interval) -> dict[str, float | None]:
    return {"accuracy": interval.value, "low": interval.low, "high": interval.high}
