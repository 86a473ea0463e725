"""Transfer scores, rank correlations, seconds and few labels as data frames."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from substrate.analyses.shared.tables import accuracy_columns
from substrate.analyses.transfer.all_domains import DomainsResult
from substrate.analyses.transfer.low_shot import LowShotResult
from substrate.analyses.transfer.scores import (
    AGAINST,
    HYBRID,
    LINEAR,
    NEIGHBOURS,
    ONE_MORE,
    ScoreAgreement,
    TransferResult,
)
from substrate.numerics.estimates import Estimate
from substrate.numerics.transfer import TRANSFER_SCORES

#: The readable name of every score and of both probes.
NAMES = {
    **{key: score.label for key, score in TRANSFER_SCORES.items()},
    HYBRID: "Hybrid",
    LINEAR: "Linear probe",
    NEIGHBOURS: "Nearest neighbours",
}
#: What is timed: every score, both probes, and what one more encoder adds to the consensus.
TIMED = {**NAMES, ONE_MORE: "Consensus, one more"}


def score_table(result: TransferResult, titles: Mapping[str, str]) -> pd.DataFrame:
    """Return one row per encoder: accuracies, then every score; what is missing is empty."""
    rows = []
    for row in result.ordered(LINEAR):
        line: dict[str, object] = {"encoder": titles[row.encoder]}
        for probe in AGAINST:
            reached = row.reached(probe)
            line[NAMES[probe]] = reached.value
            line[f"{NAMES[probe]}, low"] = reached.low
            line[f"{NAMES[probe]}, high"] = reached.high
        line |= {NAMES[key]: row.scores.get(key) for key in TRANSFER_SCORES}
        rows.append(line)
    return pd.DataFrame(rows)


def agreement_table(result: TransferResult) -> pd.DataFrame:
    """Return one row per score and accuracy: rank correlations, intervals, chance."""
    table = pd.DataFrame([_agreement_row(agreement) for agreement in result.agreements])
    return table[[c for c in table if "chance" not in str(c)]] if result.no_chance else table


def _agreement_row(agreement: ScoreAgreement) -> dict[str, object]:
    kendall = agreement.kendall
    return {
        "score": NAMES[agreement.score],
        "against": agreement.against,
        "encoders": len(agreement.encoders),
        **_correlation_columns("Kendall", kendall, agreement.kendall_chance),
        **_correlation_columns("weighted", agreement.weighted, agreement.weighted_chance),
        "why not": agreement.reason or (kendall.reason if kendall else ""),
    }


def _correlation_columns(
    name: str, correlation: Estimate | None, chance: tuple[float, float] | None
) -> dict[str, object]:
    low, high = chance or (None, None)
    return {
        f"{name} τ": correlation and correlation.value,
        f"{name} low": correlation and correlation.low,
        f"{name} high": correlation and correlation.high,
        f"{name} chance low": low,
        f"{name} chance high": high,
    }


def seconds_table(result: TransferResult) -> pd.DataFrame:
    """Return one row per score: seconds for each encoder, least, median and most."""
    rows = []
    for key in (*TRANSFER_SCORES, ONE_MORE, *AGAINST):
        seconds = [row.seconds[key] for row in result.rows if key in row.seconds]
        if seconds:
            rows.append(_seconds_row(key, seconds))
    hybrid = _hybrid_seconds(result)
    if hybrid is not None:
        rows.append(_seconds_row(HYBRID, [hybrid]))
    return pd.DataFrame(rows)


def _seconds_row(key: str, seconds: Sequence[float]) -> dict[str, object]:
    return {
        "score": TIMED[key],
        "encoders": len(seconds),
        "least": min(seconds),
        "median": float(np.median(seconds)),
        "most": max(seconds),
    }


def _hybrid_seconds(result: TransferResult) -> float | None:
    """Return the hybrid's seconds for each encoder: consensus for all, LogME for those kept."""
    consensus = [row.seconds["consensus"] for row in result.rows if "consensus" in row.seconds]
    if not result.kept or not consensus:
        return None
    logme = [row.seconds["logme"] for row in result.rows if row.encoder in result.kept]
    return (sum(consensus) + sum(logme)) / len(consensus)


def score_points(result: TransferResult, score: str, against: str) -> pd.DataFrame:
    """Return the encoders that have a score, with what they reach."""
    rows = [
        {
            "encoder": row.encoder,
            "score": row.scores[score],
            **accuracy_columns(row.reached(against)),
        }
        for row in result.rows
        if score in row.scores
    ]
    return pd.DataFrame(rows, columns=["encoder", "score", "accuracy", "low", "high"])


def domains_table(result: DomainsResult, against: str) -> pd.DataFrame:
    """Return one row per score: tau on every domain, the mean and its interval."""
    table = pd.DataFrame(result.taus[against], columns=list(result.domains))
    table.insert(0, "score", list(result.scores))
    for name in ("value", "low", "high"):
        table[f"mean, {name}"] = [
            None if mean is None else getattr(mean, name) for mean in result.means[against]
        ]
    return table


def low_shot_table(result: LowShotResult) -> pd.DataFrame:
    """Return one row per feature space and number of labels."""
    rows = []
    for space in result.spaces:
        for i, shot in enumerate(result.shots):
            line: dict[str, object] = {
                "features": space.name,
                "width": space.width,
                "labels per class": shot,
                **accuracy_columns(space.accuracies[i]),
            }
            if space.differences:
                less = accuracy_columns(space.differences[i])
                line |= {f"minus substrate, {name}": value for name, value in less.items()}
            rows.append(line)
    return pd.DataFrame(rows)
