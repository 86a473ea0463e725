"""What is said of encoders on labelled domains: sentences, context, and how scores are read."""

from __future__ import annotations

from collections.abc import Mapping

from substrate.analyses.transfer.scores import LINEAR, ONE_MORE, ScoreAgreement, TransferResult
from substrate.analyses.transfer.tables import NAMES, TIMED, seconds_table
from substrate.numerics.estimates import Estimate
from substrate.numerics.transfer import TRANSFER_SCORES
from substrate.wording import listed, percent, signed, with_interval

HYBRID_MEANS = "consensus keeps the best quarter of the encoders, LogME orders these"
PUBLISHED = (
    "Published: ordering encoders by size alone reaches a weighted τ of 0.91, LogME 0.57 "
    "(arXiv:2510.06448); the consensus is said to gain 0.15 in τ over LogME at equal compute, "
    "without absolute values (arXiv:2606.07882)."
)
#: The scores that are named in sentences: the substrate's, the best known one, and the simplest.
NAMED = ("consensus", "logme", "size")
FACES_NEED_OTHERS = (
    "The packaged faces are of one class only. With `{name: face, rest: true}` in the study, 100 "
    "patches without a face are added, and there are two classes to tell apart."
)


def instead(reason: str, domain: str) -> str:
    """Say why a domain is not shown, and which one is."""
    return f"{reason} Shown is {domain} instead."


def of_the_best(interval: Estimate, picked_from: int) -> str:
    """Write the accuracy of the best of several; its interval allows for having picked it."""
    if interval.low is None or picked_from < 2:
        return with_interval(interval.value, interval.low, interval.high, percent)
    wider = interval.picked_from(picked_from)
    text = with_interval(wider.value, wider.low, wider.high, percent)
    return f"{text.removesuffix(')')}, the best of {picked_from} picked)"


def tau(agreement: ScoreAgreement) -> str:
    """Write Kendall's tau with its interval, or that it has none."""
    if agreement.kendall is None:
        return "no value"
    kendall = agreement.kendall
    return with_interval(kendall.value, kendall.low, kendall.high, signed)


def _place(result: TransferResult, domain: str) -> str:
    few = result.within or result.no_chance
    return f"Within the {result.nouns.groups} of {domain}" if few else f"On {domain}"


def transfer_sentence(
    result: TransferResult, against: str, titles: Mapping[str, str], domain: str
) -> str:
    """Say which encoder reaches most, and how well the consensus and the size order them."""
    best = result.ordered(against)[0]
    place = _place(result, domain)
    by = "a linear probe" if against == LINEAR else "its nearest neighbours"
    reached = of_the_best(best.reached(against), len(result.rows))
    opening = f"{place}, {titles[best.encoder]} reaches most by {by}, {reached}"
    if len(result.rows) < 2:
        return f"{opening}; with one encoder there is nothing to order."
    return (
        f"{opening}; the label-free consensus orders the {len(result.rows)} encoders with "
        f"Kendall's τ = {tau(result.agreement('consensus', against))}, their size with "
        f"{tau(result.agreement('size', against))}."
    )


def transfer_context(result: TransferResult, against: str, titles: Mapping[str, str]) -> str:
    """Say what chance gives, which scores beat it, and what the numbers cannot show."""
    groups = result.nouns.groups
    parts = [_chance(result, against), _hybrid(result, titles)]
    parts.append(_no_interval(result, against))
    if result.within:
        parts.append(
            f"The classes come from too few {groups} to hold whole ones out: separated strips of "
            f"the same {groups} are fitted and tested, so the accuracies have no interval and say "
            f"how recognisable these {groups} are, not these kinds."
        )
    if result.left_out:
        parts.append(f"{result.left_out[0].upper()}{result.left_out[1:]}.")
    return " ".join(part for part in parts if part)


def _chance(result: TransferResult, against: str) -> str:
    ranked = _ranked(result, against)
    if not ranked:
        return ""
    if result.no_chance:
        return result.no_chance
    widest = max(ranked, key=lambda agreement: len(agreement.encoders))
    if widest.kendall_chance is None:
        return ""
    low, high = widest.kendall_chance
    beyond = [NAMES[agreement.score] for agreement in ranked if _beats_chance(agreement)]
    what = "none of the scores lies beyond it"
    if beyond:
        what = f"beyond it lies {', '.join(beyond)}, of {len(ranked)} scores looked at"
    return (
        f"Permuting the accuracies among the encoders gives τ from {signed(low)} to {signed(high)} "
        f"in 95 % of orders; {what}."
    )


def _ranked(result: TransferResult, against: str) -> list[ScoreAgreement]:
    """Return the scores that have a rank correlation with an accuracy."""
    return [a for a in result.agreements if a.against == against and a.kendall is not None]


def _beats_chance(agreement: ScoreAgreement) -> bool:
    if agreement.kendall is None or agreement.kendall_chance is None:
        return False
    return bool(agreement.kendall.value > agreement.kendall_chance[1])


def _no_interval(result: TransferResult, against: str) -> str:
    """Say why the rank correlation of the score that most encoders have has no interval."""
    ranked = _ranked(result, against)
    widest = max(ranked, key=lambda agreement: len(agreement.encoders), default=None)
    return widest.kendall.reason if widest is not None and widest.kendall is not None else ""


def _hybrid(result: TransferResult, titles: Mapping[str, str]) -> str:
    if not result.kept or len(result.rows) < 2:
        return ""
    names = listed([f"“{titles[encoder]}”" for encoder in result.kept])
    return f"The hybrid asks LogME about {names} only."


def agreement_sentence(result: TransferResult, against: str, domain: str) -> str:
    """Say how consensus, LogME and size order the encoders on a domain."""
    taus = [f"{NAMES[key]} {tau(result.agreement(key, against))}" for key in NAMED]
    place = _place(result, domain)
    return f"{place}, Kendall's τ with the accuracy of the {against} is: {', '.join(taus)}."


def agreement_context(result: TransferResult, against: str, titles: Mapping[str, str]) -> str:
    """Say why there is no interval, and which scores are missing."""
    parts = [_no_interval(result, against), *missing_lines(result, titles)]
    return " ".join(part for part in parts if part)


def one_score_context(result: TransferResult, score: str, against: str) -> str:
    """Say why the rank correlation of a score has no interval, where it has none."""
    kendall = result.agreement(score, against).kendall
    return "" if kendall is None else kendall.reason


def one_score_sentence(result: TransferResult, score: str, against: str, domain: str) -> str:
    """Say how one score orders the encoders on a domain, or why there is no rank correlation."""
    agreement = result.agreement(score, against)
    if agreement.kendall is None:
        return f"{NAMES[score]} gives no order of the encoders on {domain}. {agreement.reason}"
    return (
        f"{_place(result, domain)}, {NAMES[score]} orders {len(agreement.encoders)} encoders "
        f"with Kendall's τ = {tau(agreement)} with the accuracy of the {against}."
    )


def explain(score: str) -> str:
    """Say what a score is and when it misleads."""
    entry = TRANSFER_SCORES[score]
    return (
        f"{NAMES[score]}: {entry.definition} ({entry.value_range}; {entry.reference}). "
        f"{entry.misleads}"
    )


def seconds_sentence(result: TransferResult) -> str:
    """Say what consensus, LogME and a linear probe take for one encoder."""
    table = seconds_table(result).set_index("score")["median"]
    names = [TIMED[key] for key in ("consensus", ONE_MORE, "logme", LINEAR)]
    parts = [f"{name} {table[name]:.2g} s" for name in names if name in table]
    return f"For one encoder whose features are there, the median is: {', '.join(parts)}."


def scores_sentence(result: TransferResult, domain: str) -> str:
    """Say what the table of all scores holds."""
    return (
        f"{domain}: the balanced accuracies of both probes for {len(result.rows)} encoders, and "
        f"{len(TRANSFER_SCORES)} scores; higher means better for every score."
    )


def missing_lines(result: TransferResult, titles: Mapping[str, str]) -> list[str]:
    """Return one line per reason why scores are missing, and for which encoders."""
    reasons: dict[tuple[str, str], list[str]] = {}
    for row in result.rows:
        for key, why in row.missing.items():
            reasons.setdefault((NAMES[key], why), []).append(titles[row.encoder])
    return [f"{name}, {', '.join(encoders)}: {why}" for (name, why), encoders in reasons.items()]


def agreement_read(result: TransferResult) -> str:
    """Say how the chart of rank correlations is read."""
    same = "1 where a score orders the encoders as the accuracy does."
    leaving = "Intervals leave out one encoder at a time."
    if result.no_chance:
        return f"{same} {leaving}"
    return f"{same} Only what lies right of its grey bar orders better than chance. {leaving}"
