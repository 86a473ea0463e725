"""The domain detector: accuracies, confusions, controls, and one image before it."""

from __future__ import annotations

from collections.abc import Mapping

from substrate.analyses.detector.accuracy import (
    DetectorResult,
    PixelResult,
    SweepResult,
    WithoutResult,
)
from substrate.analyses.detector.image import DetectionResult
from substrate.analyses.detector.support import SupportResult
from substrate.analyses.detector.tables import (
    BY_PHOTOGRAPH,
    accuracy_of,
    confusion_table,
    detection_table,
    detector_table,
    probability_table,
    split_name,
    sweep_table,
    without_table,
)
from substrate.exhibits.detector import trace, verdicts, words
from substrate.exhibits.exhibit import Exhibit
from substrate.figures.detector import accuracy as figures
from substrate.figures.detector import image as image_figures
from substrate.figures.detector.robustness import sweep_curve, without_chart
from substrate.figures.theme import Theme

#: What each exhibit is listed under.
TITLES = {
    "transfer-detector-accuracies": "How often the domain is named correctly",
    "transfer-detector-confusion": "Confusion matrix",
    "transfer-detector-sweep": "How many directions it takes",
    "transfer-detector-without": "A basis that never saw the domain",
    "transfer-image-probabilities": "Probability of each domain",
    "transfer-image-scores": "Substrate scores of the image",
}


def accuracies(
    result: DetectorResult, pixels: PixelResult | None, theme: Theme, titles: Mapping[str, str]
) -> Exhibit:
    """Return what the detector reaches beside what flatters it; ``titles`` are the domains'."""
    key, nouns = "transfer-detector-accuracies", result.nouns
    return Exhibit(
        key=key,
        title=TITLES[key],
        sentence=words.detector_sentence(result, pixels),
        context=f"{words.detector_context(result, titles)} {words.PUBLISHED}",
        verdict=verdicts.of_accuracy(result, pixels),
        figure=figures.accuracies(result, pixels, theme),
        read=f"A random split puts {nouns.sample}s of one {nouns.group} on both sides, so that it "
        "is recognised and not its domain. A substrate no better than pixels knows no more than "
        "colour and light.",
        table=detector_table(result, pixels),
        trace=trace.detector_trace(result),
    )


def confusion(
    result: DetectorResult, theme: Theme, titles: Mapping[str, str], split: str = BY_PHOTOGRAPH
) -> Exhibit:
    """Return which domains are taken for one another by one of the splits."""
    key = "transfer-detector-confusion"
    return Exhibit(
        key=key,
        title=TITLES[key],
        sentence=words.confusion_sentence(result, split, titles),
        verdict=verdicts.of_confusion(result, accuracy_of(result, split).confusion),
        figure=figures.confusion(result, theme, titles, split),
        read="Numbers count images; the colours of a row add up to 1.",
        table=confusion_table(accuracy_of(result, split)),
        trace=trace.detector_trace(result) | {"split": split_name(split, result.nouns)},
    )


def sweep(result: SweepResult, theme: Theme) -> Exhibit:
    """Return the accuracy against the number of directions."""
    key = "transfer-detector-sweep"
    return Exhibit(
        key=key,
        title=TITLES[key],
        sentence=words.sweep_sentence(result),
        verdict=verdicts.of_sweep(result),
        figure=sweep_curve(result, theme),
        read="The solid line is what counts. The gap to the dashed one is what the random split "
        "flatters by.",
        table=sweep_table(result),
        trace=trace.sweep_trace(result),
    )


def without(
    result: WithoutResult, everything: DetectorResult, theme: Theme, titles: Mapping[str, str]
) -> Exhibit:
    """Return each domain's recall, with the basis of all domains and with one made without it."""
    key = "transfer-detector-without"
    return Exhibit(
        key=key,
        title=TITLES[key],
        sentence=words.without_sentence(result, everything, titles),
        figure=without_chart(result, everything, theme, titles),
        read="The classifier is trained on every domain; only the directions were found without "
        f"it. No interval where a domain has fewer than ten {result.nouns.groups}.",
        table=without_table(result, everything),
        trace=trace.without_trace(result),
    )


def probabilities(
    result: DetectionResult,
    theme: Theme,
    titles: Mapping[str, str],
    support: SupportResult | None = None,
) -> Exhibit:
    """Return what the detector says of an image, with the probability of each domain.

    ``support`` says how often it refuses held-out samples of the domains.
    """
    key = "transfer-image-probabilities"
    return Exhibit(
        key=key,
        title=TITLES[key],
        sentence=words.detection_sentence(result, titles),
        context=words.detection_notes(result, titles, support),
        verdict=verdicts.of_image(result, titles),
        figure=image_figures.probabilities(result, theme, titles),
        read="What the classifier says if it must name one of the domains; grey where the image "
        "lies too far from all of them to be named.",
        table=probability_table(result),
        trace=trace.detection_trace(result),
    )


def image_scores(result: DetectionResult, theme: Theme, titles: Mapping[str, str]) -> Exhibit:
    """Return where an image lies along each direction of the substrate."""
    key = "transfer-image-scores"
    return Exhibit(
        key=key,
        title=TITLES[key],
        sentence=words.detection_sentence(result, titles),
        figure=image_figures.image_scores(result, theme),
        read="Where the image lies along each direction of the substrate, in deviations of the "
        "training samples about their mean.",
        table=detection_table(result),
        trace=trace.detection_trace(result),
    )
