"""What an ensemble in a shared space says, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

from substrate.analyses.maps.consensus import (
    ALONE,
    APART,
    AVERAGED,
    CONCATENATED,
    OWN_LABELS,
    SHARED,
    SHUFFLED,
    ConsensusParams,
    ConsensusResult,
)
from substrate.analyses.maps.tables import leaving
from substrate.numerics.estimates import Estimate
from substrate.wording import many, percent, points, with_interval

NOT_COMPUTED = "The ensemble has not been taught yet."
#: For one encoder or one draw of its twins, on one core.
SECONDS = 1.2


def accuracy_sentence(result: ConsensusResult, titles: Mapping[str, str]) -> str:
    """Say what the ensemble classifies rightly, beside its members and other ensembles."""
    best = max(result.members, key=lambda member: member.accuracy[result.at].value)
    text = (
        f"{_place(result)}, {result.k} numbers in a space shared by {len(result.encoders)} "
        f"encoders, built without labels, classify {_accuracy(result, SHARED)} rightly; an encoder "
        f"alone {_share(result, ALONE)} on average, {titles[best.name]}, the best, "
        f"{percent(best.accuracy[result.at].value)}. Averaged probabilities give "
        f"{_share(result, AVERAGED)}, concatenated features {_share(result, CONCATENATED)}, a "
        f"space shared by shuffled images {_share(result, SHUFFLED)}"
    )
    if result.untrained:
        untrained = result.of(SHARED, untrained=True).accuracy[result.at].value
        text += f", one shared by untrained members {percent(untrained)}"
    return f"{text}; guessing {percent(result.chance)}."


def context(result: ConsensusResult) -> str:
    """Say what limits the numbers: why there is no interval, and what was left out."""
    parts = [result.reason, f"{result.left_out}." if result.left_out else ""]
    return " ".join(part for part in parts if part)


def ahead_sentence(result: ConsensusResult, titles: Mapping[str, str]) -> str:
    """Say against how many encoders the shared space is ahead, and against other ensembles."""
    gains = [member.ahead[result.at] for member in result.members]
    least = min(result.members, key=lambda member: member.ahead[result.at].value)
    ahead = sum(gain.value > 0 for gain in gains)
    text = f"The shared space is ahead of {ahead} of {len(gains)} encoders alone"
    if not result.reason:
        clear = sum(gain.low is not None and gain.low > 0 for gain in gains)
        text += f", and the 95 % CI excludes zero for {clear} of these"
    others = "; ".join(
        f"over {what} {_points(result.of(name).ahead[result.at])}"
        for name, what in (
            (AVERAGED, "averaged probabilities"),
            (CONCATENATED, "concatenated features"),
            (SHUFFLED, "shuffled images"),
        )
    )
    nearest = f"over {titles[least.name]}, the nearest, {_points(least.ahead[result.at])}"
    return f"{text}. In points: {nearest}; {others}."


def apart_sentence(result: ConsensusResult) -> str:
    """Say what sharing K numbers of an image gives where encoders and images stay apart."""
    return (
        "Where every labelled image is seen by one encoder only, sharing "
        f"{many(result.k, 'number')} of an image gives {_accuracy(result, APART)}, sharing "
        f"nothing {_accuracy(result, OWN_LABELS)}: {_points(result.apart_ahead[result.at])} "
        f"points. Were every encoder to see every image: {_share(result, SHARED)}."
    )


def accuracy_reading(result: ConsensusResult) -> str:
    """Say how the figure of accuracies is read."""
    groups = result.nouns.groups
    return (
        f"The {groups} are dealt into three parts, and each part has every role once: without "
        "labels it gives each encoder's leading scores and the shared space, with labels it "
        "teaches a classifier (logistic regression, its penalty chosen inside that part), and it "
        "is tested. Every classifier sees K numbers of an image: an encoder's own leading scores; "
        "those of all encoders' units side by side (concatenated); or the mean of the encoders' "
        "scores after generalised Procrustes analysis has turned them to each other (shared "
        "space). Averaged probabilities have a classifier of K numbers for each encoder, so "
        f"{len(result.encoders)} times as many numbers in all. The band runs from the worst to "
        "the best encoder alone. Shuffled: the space is fitted to images that do not belong "
        "together. Classes count alike (balanced accuracy)."
    )


def ahead_reading(result: ConsensusResult) -> str:
    """Say how the figure of differences is read."""
    return (
        "To the right of zero the shared space is right more often, on the same tested images. "
        f"Whiskers leave out one of the {result.nouns.groups} at a time and hold what was fitted; "
        "those against untrained members carry how their draws differ. To be better than each "
        "encoder alone, the shared space must be ahead of every one of them."
    )


def apart_reading(result: ConsensusResult) -> str:
    """Say how the figure of encoders and images apart is read."""
    groups, widest = result.nouns.groups, leaving(result, CONCATENATED, result.k)
    return (
        f"As if each encoder and its labelled {groups} lay with a side of their own. All sides "
        "see the same unlabelled images once and send K scores of each; back comes a rotation. "
        "Then K scores of each labelled image leave its side with their class, and one classifier "
        "learns from all of them; it is tested on every image as seen by each encoder in turn. "
        "Neither images nor weights leave. Sharing nothing, each side learns from its own labels "
        f"alone, and guesses where it has none. Averaged probabilities would send "
        f"{len(result.classes)} numbers of an image, but every side would need all labelled "
        f"images; concatenated features would send all units, up to {widest}."
    )


def seconds(params: ConsensusParams) -> int:
    """Return about how long an ensemble takes, in tens of seconds."""
    return 10 * max(1, round(len(params.encoders) * (1 + len(params.seeds)) * SECONDS / 10))


def press(params: ConsensusParams, images: str) -> str:
    """Say what is about to be computed, and about how long that takes."""
    members, draws = len(params.encoders), len(params.seeds)
    return (
        f"{NOT_COMPUTED} {many(members, 'encoder')} and {many(draws, 'draw')} of their untrained "
        f"twins learn to classify {images}: about {seconds(params)} s."
    )


def _place(result: ConsensusResult) -> str:
    if result.within:
        return f"Within the {result.nouns.groups} of {result.title}"
    return f"On unseen images of {result.title}"


def _accuracy(result: ConsensusResult, name: str) -> str:
    estimate = result.of(name).accuracy[result.at]
    return with_interval(estimate.value, estimate.low, estimate.high, percent)


def _share(result: ConsensusResult, name: str) -> str:
    return percent(result.of(name).accuracy[result.at].value)


def _points(gain: Estimate) -> str:
    return with_interval(gain.value, gain.low, gain.high, points)
