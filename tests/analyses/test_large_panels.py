"""A panel too large for one array gives what the array gives, in every default analysis."""

import dataclasses

import numpy as np
import pytest

from substrate.analyses.defaults import defaults
from substrate.analyses.spec import AnalysisError
from substrate.numerics import joined
from tests.support.planted import planted_run


def numbers(value):
    """Yield every number that a result holds, in order."""
    if dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            if "seconds" not in field.name:
                yield from numbers(getattr(value, field.name))
    elif isinstance(value, dict):
        for key in value:
            yield from numbers(value[key])
    elif isinstance(value, np.ndarray) and value.dtype.kind in "fiub":
        yield from value.ravel().astype(float).tolist()
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from numbers(each)
    elif isinstance(value, (int, float)):
        yield float(value)


def computed(run, analysis, params):
    try:
        return list(numbers(analysis.compute(run, params)))
    except AnalysisError as error:
        return str(error)


def test_every_default_analysis_takes_panels_in_parts(tmp_path, monkeypatch):
    run = planted_run(tmp_path, n=72, groups=24, few=24, untrained=2)
    parts = []

    def large(_shape):
        parts.append(1)
        return True

    compared, asked = 0, {}
    for analysis, params in defaults(run):  # twice at most: each is computed in both ways
        asked.setdefault(analysis.key, []).append((analysis, params))
    for analysis, params in (one for several in asked.values() for one in several[:2]):
        if analysis.key == "claims.transfer":  # holds seconds among its quantities
            continue
        before = len(parts)
        with monkeypatch.context() as patched:
            patched.setattr(joined, "_large", large)
            split = computed(run, analysis, params)
        if len(parts) == before:  # it joins no panel
            continue
        compared += 1
        plain = computed(run, analysis, params)
        if isinstance(plain, str):
            assert split == plain
        else:
            # Directions have a sign by convention, which a value near zero may turn.
            near = pytest.approx(np.abs(plain), abs=1e-6, nan_ok=True)
            assert np.abs(split) == near, analysis.key
    assert compared > 10
