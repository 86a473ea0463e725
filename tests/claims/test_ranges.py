"""Intervals of the ledger's figures stay in their ranges, and cover as often as they say."""

from __future__ import annotations

import numpy as np
import pytest

from substrate.analyses.shared.replicates import Replicates
from substrate.claims.measures import MEASURES, SCALES, lead_scale
from substrate.numerics.estimates import Estimate
from substrate.numerics.scales import CORRELATION, PLAIN, SHARE, difference

#: Figures that are made of shares, though they may be negative themselves.
OF_SHARES = ("pcka_", "natural_", "emergence_")


class LayerTargets(dict):
    """Quantities that come into being when they are asked for."""

    def __missing__(self, name: str) -> float:
        self[name] = 0.5
        return 0.5


def asked(key: str) -> tuple[str, ...]:
    """Return the names of the quantities that a measure needs."""
    quantities = LayerTargets()
    MEASURES[key](quantities)
    return tuple(quantities)


def replicates(names, whole, left_out, draws=None) -> Replicates:
    more = {} if draws is None else {"draws": draws[:, None]}
    return Replicates(
        settings=("s",),
        quantities=names,
        whole=whole[None],
        left_out=tuple(each[:, None] for each in left_out),
        unit="photographs",
        units=len(left_out[0]),
        counted="",
        reason="",
        missing={},
        **more,
    )


def test_every_figure_of_the_ledger_has_a_range():
    assert SCALES.keys() == MEASURES.keys()
    assert SCALES["shared_across_architectures"] is CORRELATION
    assert SCALES["pcka_four"] is SHARE
    assert difference(SHARE).high == 1 and difference(CORRELATION).low == -2
    assert difference(PLAIN).high == np.inf


@pytest.mark.parametrize("key", MEASURES)
def test_no_interval_leaves_the_range_of_its_figure(key):
    """Values close to the ends of their ranges, with errors as large as they come."""
    rng, names, scale = np.random.default_rng(3), asked(key), SCALES[key]
    correlations = scale in (CORRELATION, difference(CORRELATION))
    low = -1.0 if correlations and not key.startswith(OF_SHARES) else 0.0
    bounded = 0
    for _ in range(40):
        near = rng.choice([low, 1.0, 0.5], size=len(names))
        apart = rng.uniform(0.01, 0.6)
        drawn = [
            np.clip(near + apart * rng.normal(size=(m, len(names))), low + 1e-6, 1 - 1e-6)
            for m in (1, 6, 10, 5)
        ]
        found = replicates(names, drawn[0][0], drawn[1:3], drawn[3])
        tested: list[tuple[Estimate, float, float]] = [
            (
                found.estimate(lambda q: MEASURES[key](q).value, scale=scale),
                scale.low,
                scale.high,
            )
        ]
        for control in MEASURES[key](found.named()).controls:
            apart_by = lead_scale(key)
            lead = found.estimate(lambda q, c=control: MEASURES[key](q).lead(c), scale=apart_by)
            tested.append((lead, apart_by.low, apart_by.high))
        for estimate, least, most in tested:
            if estimate.low is not None:
                bounded += 1
                assert least <= estimate.low <= estimate.value <= estimate.high <= most
    assert bounded


@pytest.mark.parametrize(("scale", "rho"), [(CORRELATION, 0.9), (CORRELATION, 0.3), (SHARE, 0.9)])
def test_intervals_on_the_scale_cover_as_often_or_more(scale, rho):
    """Correlations (squared: shares) of 15 photographs, which are known."""
    rng, truth = np.random.default_rng(8), rho if scale is CORRELATION else rho**2
    hits = {"plain": 0, "own": 0}
    outside = 0
    for _ in range(400):
        x = rng.normal(size=(15, 2))
        x[:, 1] = rho * x[:, 0] + np.sqrt(1 - rho**2) * x[:, 1]

        def value(rows: np.ndarray) -> float:
            r = np.corrcoef(rows.T)[0, 1]
            return r if scale is CORRELATION else r * r

        left = np.array([[value(np.delete(x, i, axis=0))] for i in range(15)])
        found = replicates(("r",), np.array([value(x)]), (left,))
        for name, on in (("plain", PLAIN), ("own", scale)):
            estimate = found.estimate(lambda q: q["r"], scale=on)
            hits[name] += estimate.low <= truth <= estimate.high
            outside += on is PLAIN and (estimate.high > scale.high or estimate.low < scale.low)
    assert hits["own"] >= hits["plain"] - 4 and hits["own"] > 0.89 * 400
    if rho == 0.9:
        assert outside > 0
