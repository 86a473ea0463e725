"""A layer that is constant is left out by name; every other layer is compared as it is."""

import numpy as np
import pytest

from substrate.analyses.layers.kept import KEPT, KEPT_UNTRAINED, kept_params
from substrate.analyses.layers.kept_measure import DIMENSION
from substrate.analyses.layers.operations import OPERATIONS, operations_params
from substrate.analyses.layers.smoothness import SMOOTHNESS, smoothness_params
from substrate.exhibits.layers import kept as kept_exhibit
from substrate.exhibits.layers import operations as operation_words
from substrate.exhibits.layers import smoothness as smoothness_words
from substrate.figures.theme import LIGHT
from substrate.runs import Run
from tests.support.planted import planted_run

SAID = "Left out, since all units are constant: block.2 of Beta."
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture
def dead(tmp_path, monkeypatch):
    """A run whose beta says the same of every image in block.2."""
    run, read = planted_run(tmp_path, n=48, groups=16, untrained=1), Run.representation

    def constant(self, ref, domain, layer=None, **more):
        found = read(self, ref, domain, **({} if layer is None else {"layer": layer}), **more)
        if str(getattr(ref, "name", ref)) == "beta" and layer == "block.2":
            object.__setattr__(found, "features", np.ones_like(found.features))
        return found

    monkeypatch.setattr(Run, "representation", constant)
    return run


def test_steps_pass_over_a_dead_layer(dead):
    params = smoothness_params(dead, "rich")
    found = SMOOTHNESS.compute(dead, params)
    lengths = {path.encoder: len(path.layers) for path in found.paths}
    assert lengths == {name: 5 - (name == "beta") for name in dead.panel}
    beta = next(path for path in found.paths if path.encoder == "beta")
    assert "block.2" not in beta.layers and np.isfinite(beta.steps.value).all()
    assert SAID in smoothness_words.context(found, dead)


def test_operations_pass_over_a_dead_layer(dead):
    found = OPERATIONS.compute(dead, operations_params(dead, "alpha", "beta", "rich"))
    assert found.alike.shape == (4, 3) and np.isfinite(found.alike).all()
    assert SAID in operation_words.operations(found, dead, LIGHT).context


def test_what_is_kept_has_no_value_at_a_dead_layer_alone(dead):
    params = kept_params(dead, "rich")
    found, twins = (one.compute(dead, params) for one in (KEPT, KEPT_UNTRAINED))
    one = found.of("beta")
    at = one.layers.index("block.2")
    values = one.values[one.row(DIMENSION)]
    assert np.isnan(values[at]) and np.isfinite(np.delete(values, at)).all()
    shown = kept_exhibit.kept(found, twins, dead, LIGHT, DIMENSION, ("alpha", "beta"))
    assert SAID in shown.context and shown.figure is not None
