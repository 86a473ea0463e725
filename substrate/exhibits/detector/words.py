"""What is said of the domain detector, and of one image before it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from substrate.analyses.detector.accuracy import (
    DetectorResult,
    PixelResult,
    SweepResult,
    WithoutResult,
)
from substrate.analyses.detector.image import DetectionResult
from substrate.analyses.detector.support import SupportResult
from substrate.analyses.detector.tables import BY_PHOTOGRAPH, accuracy_of
from substrate.numerics.estimates import Estimate
from substrate.numerics.transfer.recognition import SUPPORT
from substrate.wording import percent, points, with_interval

ONE_DOMAIN = "A detector tells domains apart: this run has one. Choose two on the Study page."
PUBLISHED = (
    "Published: 99.6 % over four domains with 16 scores "
    "(arXiv:2606.07882); how the images were split is not said."
)
ROBUSTNESS = "How many directions, and must the basis know the domain?"
OWN_IMAGE = "An image of your own"
NO_NETWORKS = (
    "This needs the encoders' networks, and the features of this run were read from files."
)
#: Share of a domain's samples within each limit.
USUAL = f"{100 * SUPPORT:.1f} %"
NEIGHBOURS = (
    "The dropped image, then the training samples nearest to it, with their distance in "
    "standardised substrate scores."
)


def at_most(components: int) -> str:
    """Say how many directions can be had."""
    return f"The training parts allow {components} directions at most."


def _share(interval: Estimate) -> str:
    return with_interval(interval.value, interval.low, interval.high, percent)


def detector_sentence(result: DetectorResult, pixels: PixelResult | None) -> str:
    """Say how often a domain is recognised on photographs not seen, and what flatters it."""
    accuracy = result.by_photograph
    asked = "domain" if not result.apart else f"domain among {len(accuracy.classes)}"
    text = (
        f"Tested on {result.nouns.groups} that it has not seen, a detector on "
        f"{result.components} substrate scores names an image's {asked} in "
        f"{_share(accuracy.balanced)} of cases{_guessing(result)}; a random split of the same "
        f"images says {percent(result.naive.balanced.value)}"
    )
    if pixels is None:
        return f"{text}."
    return (
        f"{text}, and {result.components} scores of the pixels alone reach "
        f"{percent(pixels.by_photograph.balanced.value)}."
    )


def compared(balanced: Estimate) -> bool:
    """Tell whether there are photographs enough to set an accuracy beside guessing."""
    return balanced.low is not None


def _guessing(result: DetectorResult) -> str:
    if not compared(result.by_photograph.balanced):
        return f" within these {result.nouns.groups}"
    return f", where guessing gives {percent(1 / len(result.by_photograph.classes))}"


def detector_context(result: DetectorResult, titles: Mapping[str, str]) -> str:
    """Say why there is no interval, and which domains are set apart."""
    parts = ["Accuracies are averaged over domains, so that large ones do not count more."]
    if result.by_photograph.balanced.reason:
        parts.append(named(result.by_photograph.balanced.reason, titles))
    if result.apart:
        domains, groups = ", ".join(titles[d] for d in result.apart), result.nouns.groups
        parts.append(
            f"{domains}: fewer than three {groups}, so no {result.nouns.group} can be held out; "
            f"the row “within {groups}” includes these domains and says how recognisable their "
            f"{groups} are."
        )
    return " ".join(parts)


def named(reason: str, titles: Mapping[str, str]) -> str:
    """Put readable names of domains into a reason."""
    for name, title in titles.items():
        reason = reason.replace(f"({name})", f"({title})")
    return reason


def confusion_sentence(result: DetectorResult, split: str, titles: Mapping[str, str]) -> str:
    """Say which domain is most often taken for another one."""
    accuracy = accuracy_of(result, split)
    unseen = f"{result.nouns.groups} not seen before"
    tested = unseen if split == BY_PHOTOGRAPH else "a random split"
    wrong = np.where(np.eye(len(accuracy.classes), dtype=bool), 0, accuracy.confusion)
    if not wrong.any():
        return f"On {tested}, no image is named as one of another domain."
    totals = accuracy.confusion.sum(axis=1, keepdims=True)
    true, assigned = np.unravel_index(np.argmax(wrong / totals), wrong.shape)
    return (
        f"On {tested}, {titles[accuracy.classes[true]]} is most often named as "
        f"{titles[accuracy.classes[assigned]]}: {wrong[true, assigned]} of {totals[true, 0]} "
        "images."
    )


def sweep_sentence(result: SweepResult) -> str:
    """Say what the fewest and the most directions reach on photographs not seen before."""
    reached = [
        f"{_share(interval)} with {k} directions"
        for k, interval in zip(result.components, result.by_photograph, strict=True)
    ]
    ends = reached[0] if len(reached) == 1 else f"{reached[0]} and {reached[-1]}"
    text = f"On {result.nouns.groups} not seen before, the balanced accuracy is {ends}"
    if not compared(result.by_photograph[-1]):
        return f"{text}, within these {result.nouns.groups}."
    return f"{text}; guessing gives {percent(result.chance)}."


def without_sentence(
    result: WithoutResult, everything: DetectorResult, titles: Mapping[str, str]
) -> str:
    """Say which domain loses most where the basis was made without it."""
    full = everything.by_photograph
    changes = {
        domain: recall.value - full.recalls[full.classes.index(domain)].value
        for domain, recall in zip(result.domains, result.recalls, strict=True)
    }
    worst = min(changes, key=changes.__getitem__)
    return (
        f"Where the basis was made without it, a domain's share of images named correctly changes "
        f"by {points(min(changes.values()))} to {points(max(changes.values()))} points, least "
        f"favourably for {titles[worst]}."
    )


def detection_sentence(result: DetectionResult, titles: Mapping[str, str]) -> str:
    """Say which domain an image is from, or that it is none of these."""
    sure = (
        f"{percent(result.probabilities[result.likeliest], 1)} sure of {titles[result.likeliest]}"
    )
    near = (
        f"its five nearest training samples are {result.distance:.2f} away on average, where "
        f"{result.threshold:.2f} is usual at most ({USUAL})"
    )
    alike = (
        f"in light, colours and spectrum it lies {result.unlike:.2f} from the nearest samples, "
        f"where {result.unlike_most:.2f} is usual at most ({USUAL})"
    )
    if result.inside and result.domain in result.within:
        return (
            f"Of these domains this image is nearest to {titles[result.domain]}; whether it "
            f"belongs there cannot be told from fewer than three {result.nouns.groups}: the "
            f"classifier is {sure}, {near}, and {alike}."
        )
    if result.inside:
        return (
            f"This image looks like {titles[result.domain]}: the classifier is {sure}, {near}, and "
            f"{alike}."
        )
    far = ["it is one colour"] if result.flat else []
    far += [near] if result.distance > result.threshold else []
    far += [alike] if result.unlike > result.unlike_most else []
    far += [_noisy(result)] if result.noise else []
    return f"None of these: the classifier alone would be {sure}, but {' and '.join(far)}."


def _noisy(result: DetectionResult) -> str:
    return (
        f"in light, colours and spectrum it lies {result.from_noise:.2f} from pictures of noise, "
        f"much nearer than the {result.unlike:.2f} to any samples"
    )


def support_note(support: SupportResult, titles: Mapping[str, str]) -> str:
    """Say how often a held-out sample of the domains is called none of these."""
    shares = "; ".join(f"{titles[name]} {_share(one)}" for name, one in support.by_domain.items())
    return (
        f"Of held-out samples of these domains, {_share(support.refused)} are called none of these "
        f"({shares}; {support.counted}, five folds by {support.nouns.group}; no interval below ten "
        f"{support.nouns.groups})."
    )


def detection_notes(
    result: DetectionResult, titles: Mapping[str, str], support: SupportResult | None = None
) -> str:
    """Say how often samples of the domains are refused, and what the verdict cannot show."""
    text = "The image is seen whole, shrunk to each encoder's input"
    if result.nouns.sample == "tile":
        text += (
            f"; tiles of {result.nouns.groups} were cut from them at full size, so that a whole "
            f"{result.nouns.group} may well be none of these"
        )
    text += "."
    if result.likeliest in result.within:
        text += (
            f" {titles[result.likeliest]} comes from fewer than three {result.nouns.groups}: how "
            "far a new image of it may lie is not known, and the threshold is too strict."
        )
    return text if support is None else f"{support_note(support, titles)} {text}"
