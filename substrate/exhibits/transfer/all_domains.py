"""Every score on every labelled domain, and the mean over domains: words and exhibits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from jaxtyping import Float

from substrate.analyses.transfer.all_domains import PUBLISHED_TAU, DomainsResult
from substrate.analyses.transfer.tables import NAMES, domains_table
from substrate.exhibits.exhibit import Exhibit
from substrate.exhibits.transfer import verdicts
from substrate.exhibits.transfer.words import NAMED
from substrate.figures.theme import Theme
from substrate.figures.transfer import all_domains as figures
from substrate.numerics.estimates import Estimate
from substrate.wording import MINUS, signed, with_interval

HEADING = "Every labelled domain"
HEATMAP, MEANS = "transfer-domains", "transfer-means"
#: What each exhibit is listed under.
TITLES = {
    HEATMAP: f"{HEADING}: how scores order encoders",
    MEANS: f"{HEADING}: mean over domains",
}
PUBLISHED_MEAN = (
    f"Published: τ = {MINUS}{abs(PUBLISHED_TAU):.2f} between alignment and linear-probe accuracy "
    "over 11 encoders and 4 targets (arXiv:2606.07882)."
)


def heatmap(
    result: DomainsResult, against: str, theme: Theme, titles: Mapping[str, str]
) -> Exhibit:
    """Return every score on every domain; ``titles`` are the domains'."""
    return Exhibit(
        key=HEATMAP,
        title=TITLES[HEATMAP],
        sentence=taus_sentence(result, against),
        figure=figures.domains_heatmap(result, against, theme, titles),
        read="Blue where a score orders the encoders as the accuracy does, red where it turns the "
        "order round.",
        table=domains_table(result, against),
        trace=trace(result, against),
    )


def means(result: DomainsResult, against: str, theme: Theme) -> Exhibit:
    """Return the mean over domains of every score, with its interval over encoders."""
    return Exhibit(
        key=MEANS,
        title=TITLES[MEANS],
        sentence=domains_sentence(result, against),
        context=PUBLISHED_MEAN,
        verdict=verdicts.of_domains(result, "consensus", against, NAMES["consensus"]),
        figure=figures.domains_means(result, against, theme),
        read="Domains share encoders, so the interval leaves out one encoder on all domains at "
        "once; it needs eight.",
        table=domains_table(result, against),
        trace=trace(result, against),
    )


def trace(result: DomainsResult, against: str) -> dict[str, Any]:
    """Return what the numbers rest on."""
    return {
        "encoders": result.encoders,
        "domains": ", ".join(result.domains),
        "seed": result.seed,
        "against": against,
    }


def domains_sentence(result: DomainsResult, against: str) -> str:
    """Say how consensus, LogME and size order the encoders over all domains."""
    means = dict(zip(result.scores, result.means[against], strict=True))
    parts = [f"{NAMES[key]} {_mean_tau(means[key])}" for key in NAMED]
    first = next((mean for mean in means.values() if mean is not None), None)
    reason = f" {first.reason}" if first is not None and first.low is None else ""
    return (
        f"Averaged over {len(result.domains)} labelled domains, Kendall's τ with the accuracy of "
        f"the {against} is: {', '.join(parts)}.{reason}"
    )


def taus_sentence(result: DomainsResult, against: str) -> str:
    """Say between what consensus, LogME and size vary from domain to domain."""
    taus = dict(zip(result.scores, result.taus[against], strict=True))
    parts = [f"{NAMES[key]} {_range(taus[key][np.isfinite(taus[key])])}" for key in NAMED]
    return (
        f"From domain to domain, Kendall's τ with the accuracy of the {against} is: "
        f"{', '.join(parts)}."
    )


def _range(values: Float[np.ndarray, " d"]) -> str:
    if not values.size:
        return "no value"
    low, high = signed(float(values.min())), signed(float(values.max()))
    return low if low == high else f"{low} to {high}"


def _mean_tau(mean: Estimate | None) -> str:
    if mean is None:
        return "no value"
    return with_interval(mean.value, mean.low, mean.high, signed)
