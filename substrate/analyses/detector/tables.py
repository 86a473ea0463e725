"""The domain detector's accuracies, confusions and decisions as data frames."""

from __future__ import annotations

import pandas as pd

from substrate.analyses.detector.accuracy import (
    DetectorResult,
    PixelResult,
    SweepResult,
    WithoutResult,
)
from substrate.analyses.detector.image import DetectionResult
from substrate.analyses.shared.tables import accuracy_columns
from substrate.numerics.transfer.support.accuracy import Accuracy
from substrate.wording import Nouns

BY_PHOTOGRAPH, NAIVE = "by photograph", "random split"
#: How the images are split into those that are learnt and those that are tested.
SPLITS = (BY_PHOTOGRAPH, NAIVE)


def split_name(split: str, nouns: Nouns) -> str:
    """Return what a split is called where groups are writers: ``by writer``."""
    return f"by {nouns.group}" if split == BY_PHOTOGRAPH else split


def accuracy_of(result: DetectorResult, split: str) -> Accuracy:
    """Return the detector's accuracy by one of the splits."""
    return result.by_photograph if split == BY_PHOTOGRAPH else result.naive


def detector_rows(
    result: DetectorResult, pixels: PixelResult | None
) -> list[tuple[str, Accuracy, bool]]:
    """Return what the detector's chart shows: name, accuracy, whether photographs were held out."""
    k, held_out = result.components, split_name(BY_PHOTOGRAPH, result.nouns)
    rows = [
        (f"{k} substrate scores, {held_out}", result.by_photograph, True),
        (f"{k} substrate scores, random split", result.naive, False),
    ]
    if pixels is not None:
        rows += [
            (f"{k} pixel scores, {held_out}", pixels.by_photograph, True),
            (f"{k} pixel scores, random split", pixels.naive, False),
        ]
    if result.within is not None:
        name = f"all {len(result.within.classes)} domains, within {result.nouns.groups}"
        rows.append((name, result.within, False))
    return rows


def detector_table(result: DetectorResult, pixels: PixelResult | None) -> pd.DataFrame:
    """Return one row per accuracy, overall and balanced, and per domain."""
    rows = []
    for name, accuracy, _ in detector_rows(result, pixels):
        parts = [
            ("balanced", accuracy.balanced),
            ("overall", accuracy.overall),
            *zip(accuracy.classes, accuracy.recalls, strict=True),
        ]
        rows += [{"of": name, "what": what, **accuracy_columns(part)} for what, part in parts]
    return pd.DataFrame(rows)


def confusion_table(accuracy: Accuracy) -> pd.DataFrame:
    """Return the counts: rows are true domains, columns decisions."""
    table = pd.DataFrame(accuracy.confusion, columns=list(accuracy.classes))
    table.insert(0, "true", list(accuracy.classes))
    return table


def sweep_table(result: SweepResult) -> pd.DataFrame:
    """Return balanced accuracy for each K and split."""
    return pd.DataFrame(
        {"K": k, "split": split_name(split, result.nouns), **accuracy_columns(interval)}
        for split, intervals in ((BY_PHOTOGRAPH, result.by_photograph), (NAIVE, result.naive))
        for k, interval in zip(result.components, intervals, strict=True)
    )


def without_table(result: WithoutResult, everything: DetectorResult) -> pd.DataFrame:
    """Return each domain's recall with the basis of all domains, and with one made without it."""
    rows: list[dict[str, object]] = []
    full = everything.by_photograph
    for domain, recall in zip(result.domains, result.recalls, strict=True):
        with_it = accuracy_columns(full.recalls[full.classes.index(domain)])
        rows.append({"domain": domain, "basis": "of all", **with_it})
        rows.append({"domain": domain, "basis": "without it", **accuracy_columns(recall)})
    return pd.DataFrame(rows)


def probability_table(result: DetectionResult) -> pd.DataFrame:
    """Return the probability of each domain for an image, the likeliest first."""
    ordered = sorted(result.probabilities.items(), key=lambda item: -item[1])
    return pd.DataFrame(ordered, columns=["domain", "probability"])


def detection_table(result: DetectionResult) -> pd.DataFrame:
    """Return the scores of an image, one row per direction."""
    return pd.DataFrame({"direction": range(1, len(result.scores) + 1), "score": result.scores})
