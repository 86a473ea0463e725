"""The page about all metrics, written from what each one declares."""

from collections.abc import Mapping

from substrate.numerics.metrics.spec import (
    Invariance,
    Metric,
)

_INTRODUCTION = """# Metrics

Written from the registry by `substrate.numerics.metrics.support.document.metrics_page`; edit the
declarations, not this page.

Every metric takes two arrays, (samples, units) each, of the same samples in the same order. It
centres and multiplies in float64. Nothing is clamped and nothing is added to a denominator: fewer
than four samples, NaN, Inf or features without variance are errors, and where one metric alone has
no value it says so. A score is to be read beside its null (`python -m substrate score X.npy Y.npy
--null 200`).

## Overview

| key | identical | range | distance metric | symmetric | from moments |
|---|---|---|---|---|---|
"""


def metrics_page(metrics: Mapping[str, Metric]) -> str:
    """Return the whole page as Markdown."""
    overview = "".join(_row(metric) for metric in metrics.values())
    sections = "\n".join(_section(metric) for metric in metrics.values())
    return f"{_INTRODUCTION}{overview}\n{_invariances(metrics)}\n{sections}"


def metadata_rows(metrics: Mapping[str, Metric]) -> list[dict[str, str]]:
    """Return what each metric declares, as plain text, one row each, for a table."""
    return [
        {
            "key": m.key,
            "label": m.label,
            "definition": m.definition,
            "reference": m.reference,
            "range": m.value_range,
            "identical": _identical(m),
            "closer": m.closer,
            "distance metric": _yes(m.is_metric),
            "symmetric": _yes(m.symmetric),
            "unchanged by": ", ".join(i.value for i in Invariance if i in m.invariances),
            "parameters": _parameters(m),
            "n < p": m.undersampled,
            "misleads": m.misleads,
        }
        for m in metrics.values()
    ]


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _identical(metric: Metric) -> str:
    return metric.identical_note if metric.identical is None else f"{metric.identical:g}"


def _parameters(metric: Metric) -> str:
    return ", ".join(f"{name} = {value}" for name, value in metric.parameters.items()) or "none"


def _row(metric: Metric) -> str:
    cells = (
        f"[`{metric.key}`](#{metric.key})",
        _identical(metric),
        metric.value_range,
        _yes(metric.is_metric),
        _yes(metric.symmetric),
        _yes(metric.from_moments is not None),
    )
    return "| " + " | ".join(cells) + " |\n"


def _invariances(metrics: Mapping[str, Metric]) -> str:
    names = [invariance.value for invariance in Invariance]
    out = "## What leaves the score as it was\n\n"
    out += "| key | " + " | ".join(names) + " |\n" + "|---" * (len(names) + 1) + "|\n"
    for metric in metrics.values():
        second = metric.invariances
        first = metric.first_invariances or second
        marks = [_mark(i in first, i in second) for i in Invariance]
        out += f"| `{metric.key}` | " + " | ".join(marks) + " |\n"
    return out


def _mark(first: bool, second: bool) -> str:
    if first == second:
        return "yes" if first else ""
    return "first side only" if first else "second side only"


def _section(metric: Metric) -> str:
    lines = [
        f"## {metric.key}",
        "",
        f"**{metric.label}.** {metric.definition}.",
        "",
        f"- Reference: {metric.reference}",
        f"- Range: {metric.value_range}; identical gives {_identical(metric)}; "
        f"closer is {metric.closer}",
        f"- Parameters: {_parameters(metric)}",
        f"- Fewer samples than units: {metric.undersampled}",
        f"- When it misleads: {metric.misleads}",
    ]
    if metric.needs_samples:
        lines.append(f"- Needs samples: {metric.needs_samples}.")
    return "\n".join(lines) + "\n"
