"""What agreement along depth says, in sentences."""

from __future__ import annotations

from collections.abc import Callable

from substrate.analyses.units.depth import Depth, LayerAgreement
from substrate.exhibits.verdict import (
    Badge,
    Outcome,
    Verdict,
    against_draws,
    against_zero,
    compared,
    first_that_fits,
)
from substrate.figures.units.depth import label
from substrate.wording import listed, many, number, where

#: Said where some layers have not been read yet.
NOT_READ = "Some layers of these encoders have not been read side by side yet."
Test = Callable[[LayerAgreement], Outcome]


def units_test(result: Depth) -> Test:
    """Return what rotated axes say of matched units at a pair of layers, all layers at once."""
    return lambda one: _lead(one.units.above_null, len(result.layers))


def few_test(result: Depth) -> Test:
    """Return what turned axes say of three units, likewise."""
    return lambda one: _lead(one.few.above_null, len(result.layers))


def subspace_test(result: Depth) -> Test:
    """Return what shuffled photographs say of subspaces, likewise."""

    def test(one: LayerAgreement) -> Outcome:
        value = one.subspace.value.picked_from(len(result.layers))
        return against_draws(value.low, value.high, one.subspace.null)

    return test


def _lead(estimate: object, count: int) -> Outcome:
    lead = estimate.picked_from(count)  # type: ignore[attr-defined]
    return against_zero(lead.low, lead.high)


def beyond(result: Depth, test: Test) -> list[LayerAgreement]:
    """Return the pairs of layers at which a test finds more than its null."""
    return [one for one in result.layers if test(one) is Outcome.BEYOND]


def verdict(result: Depth) -> Verdict | None:
    """Return in how many layers units match beyond rotated axes."""
    first = result.layers[0].units
    if result.size.within:
        return compared(
            "Matched units of the first layers", first.value.value, Outcome.FEW, Outcome.FEW
        )
    tested = [one for one in result.layers if units_test(result)(one) is not Outcome.UNTESTED]
    if not tested:
        return compared(
            "Matched units of the first layers",
            first.value.value,
            Outcome.UNTESTED,
            Outcome.UNTESTED,
        )
    units = len(beyond(result, units_test(result)))
    more = len(alone(result)) > 0
    text = f"units match beyond rotated axes in {many(units, 'layer')}"
    return first_that_fits(Badge.SEVERAL, f"{text}, subspaces are shared in more" if more else text)


def alone(result: Depth) -> list[LayerAgreement]:
    """Return the pairs of layers that share subspaces, but no units beyond rotated axes."""
    units, subspace = units_test(result), subspace_test(result)
    return [
        one
        for one in result.layers
        if subspace(one) is Outcome.BEYOND and units(one) is not Outcome.BEYOND
    ]


def sentence(result: Depth, names: tuple[str, str]) -> str:
    """Say where encoders agree unit by unit, and where as subspaces alone."""
    size = result.size
    place = where(size.title, size.photographs, within=size.within, group=size.nouns.group)
    pairs = many(len(result.layers), "pair")
    if size.within or all(one.units.value.low is None for one in result.layers):
        first, last = result.layers[0].units.value, result.layers[-1].units.value
        return (
            f"{place}, units of {names[0]} and {names[1]} match one to one with a mean correlation "
            f"of {number(float(first.value))} in the first of {pairs} of layers and "
            f"{number(float(last.value))} in the last."
        )
    counts = [len(beyond(result, test(result))) for test in (units_test, few_test, subspace_test)]
    only = alone(result)
    tail = f"; as subspaces alone in {listed([label(one) for one in only])}" if only else ""
    return (
        f"{place}, units of {names[0]} and {names[1]} match beyond rotated axes at {counts[0]} of "
        f"{pairs} of layers, three units predict more than three turned axes at {counts[1]}, and "
        f"subspaces are shared beyond shuffled {size.nouns.groups} at {counts[2]}{tail}."
    )


def context(result: Depth) -> str:
    """Say what untrained twins do, and why values are missing."""
    layers = result.layers
    said = []
    for what, every in (
        ("units (their lead over rotated axes)", [one.units for one in layers]),
        ("three units", [one.few for one in layers]),
        ("subspaces", [one.subspace for one in layers]),
    ):
        bounds = [one.above_twins.picked_from(len(layers)) for one in every]
        tested = [one for one in bounds if one.low is not None]
        if tested:
            more = sum(one.low > 0 for one in tested)
            less = sum(one.high < 0 for one in tested)
            said.append(f"{what} above at {more}, below at {less}")
    reasons = {m.reason or m.value.reason for one in layers for m in (one.units, one.few)}
    parts = [
        f"Against untrained twins, of {many(len(layers), 'pair')} of layers: {listed(said)}."
        if said
        else "No untrained twins of both encoders are there to compare with in enough draws.",
        "Intervals behind these counts hold for all layers at once." if said else "",
        *sorted(reason for reason in reasons if reason),
    ]
    return " ".join(part for part in parts if part)


def reading(result: Depth) -> str:
    """Say how the chart is read."""
    groups = result.size.nouns.groups
    return (
        "Three questions of growing freedom, all judged on held-out "
        f"{groups}. One to one: mean correlation of matched units, whose null turns the axes of "
        "both spaces. Three units to one: R² of at most three units of A for each of B, against "
        "three turned axes. Subspaces: mean canonical correlation of the leading components (99 % "
        f"of the variance), which no turning changes, against shuffled {groups}. Where subspaces "
        "stay above their null and units fall to theirs, encoders share a space and not its axes. "
        "Layers are paired by relative depth."
    )
