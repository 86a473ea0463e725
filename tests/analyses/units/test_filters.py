"""Mean activations against filters: of a real run, with what has none."""

import numpy as np
import pytest

from substrate import worker
from substrate.analyses.spec import AnalysisError
from substrate.analyses.units.filters import FILTERS, FiltersParams, filters_key
from substrate.exhibits.units import spectra
from substrate.figures.theme import LIGHT


def test_filters_are_stored_once_and_set_against_means(real_run):
    root, name = str(real_run.store.root), next(iter(real_run.encoders))
    params = FiltersParams(name, "face")
    worker.store_filters(root, real_run.run_id, name)
    rng = np.random.default_rng(0)
    layer = real_run.encoders[name].layers[0]
    planted = rng.normal(size=(layer.width, 3, 3, 3))
    real_run.store.remove(filters_key(real_run, name))
    with pytest.raises(AnalysisError, match="have not been read yet"):
        FILTERS.compute(real_run, params)
    real_run.store.put(filters_key(real_run, name), arrays={"filters": planted}, meta={})
    found = FILTERS.compute(real_run, params)
    x = real_run.representation(name, "face", layer.name).features.astype(float).mean(axis=0)
    np.testing.assert_allclose(found.means, x)
    assert (found.low <= found.means).all() and found.kernel == 3
    assert abs(found.rho) <= 1 and 0 < found.level < 1
    shown = spectra.filters(found, real_run, LIGHT)
    np.testing.assert_allclose(shown.figure.data[0].x, found.frequencies)
    said = "not told from random orders" if abs(found.rho) <= found.level else "active"
    assert said in shown.sentence
    real_run.store.remove(filters_key(real_run, name))
    real_run.store.put(
        filters_key(real_run, name), arrays={"filters": np.empty((0, 0, 0, 0))}, meta={}
    )
    with pytest.raises(AnalysisError, match="is no single convolution of the image"):
        FILTERS.compute(real_run, params)
    real_run.store.remove(filters_key(real_run, name))
