"""A layer that is constant is left out by name; every other layer is compared as it is."""

import numpy as np
import pytest

from substrate.analyses.layers.kept import KEPT, KEPT_UNTRAINED, kept_params
from substrate.analyses.layers.kept_measure import DIMENSION
from substrate.analyses.layers.layer_map import LAYER_MAP, layer_map_params
from substrate.analyses.layers.operations import OPERATIONS, operations_params
from substrate.analyses.layers.smoothness import SMOOTHNESS, smoothness_params
from substrate.analyses.layers.training_ways import TRAINING_WAYS, training_ways_params
from substrate.analyses.layers.trajectories import TRAJECTORIES, trajectories_params
from substrate.exhibits.layers import kept as kept_exhibit
from substrate.exhibits.layers import operations as operation_words
from substrate.exhibits.layers import smoothness as smoothness_words
from substrate.exhibits.layers.layer_map import layer_map
from substrate.exhibits.layers.training_ways import training_ways
from substrate.exhibits.layers.trajectories import furthest, trajectories
from substrate.figures.theme import LIGHT
from substrate.runs import Run
from tests.support.planted import planted_run
from tests.support.training_store import STEPS, training_run

SAID = "Left out, since all units are constant: block.2 of Beta."
pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(params=["block.2"])
def dead(tmp_path, monkeypatch, request):
    """A run whose beta says the same of every image in a layer, block.2 if no other is named."""
    run, read = planted_run(tmp_path, n=48, groups=16, untrained=1), Run.representation

    def constant(self, ref, domain, layer=None, **more):
        found = read(self, ref, domain, **({} if layer is None else {"layer": layer}), **more)
        if str(getattr(ref, "name", ref)) == "beta" and layer == request.param:
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


@pytest.mark.parametrize("dead", ["block.2", "penultimate"], indirect=True)
def test_planes_leave_a_dead_layer_out_by_name(dead, request):
    name = request.node.callspec.params["dead"]
    said = f"Left out, since all units are constant: {name} of Beta."
    ways = TRAJECTORIES.compute(dead, trajectories_params(dead, "rich"))
    at_once = LAYER_MAP.compute(dead, layer_map_params(dead, "rich", "linear_cka"))
    for found, exhibit, count in ((ways, trajectories, 2 * 20 - 2), (at_once, layer_map, 20 - 1)):
        assert len(found.layers) == count
        assert found.distances.max() < np.pi / 2 - 0.01  # a constant layer is at pi / 2 from all
        assert said in exhibit(found, dead, LIGHT).context
    who, far = furthest(ways)
    assert far < 1.5 and len(who) == 1


def test_a_training_leaves_out_a_layer_that_is_dead_at_one_step(tmp_path, monkeypatch):
    run, read = training_run(tmp_path, n=48, groups=16), Run.representation

    def constant(self, ref, domain, layer=None, **more):
        found = read(self, ref, domain, **({} if layer is None else {"layer": layer}), **more)
        if getattr(ref, "step", None) == STEPS[1] and layer == "penultimate":
            object.__setattr__(found, "features", np.ones_like(found.features))
        return found

    monkeypatch.setattr(Run, "representation", constant)
    found = TRAINING_WAYS.compute(run, training_ways_params(run, "alpha", "rich"))
    own = [one for one, at in zip(found.layers, found.owner, strict=True) if at == 0]
    assert own == ["block.0", "block.1", "block.2", "block.3"]
    assert found.travelled.value.max() < np.pi / 2 - 0.01
    shown = training_ways(found, run, LIGHT)
    assert "the features at block.3 of Alpha end at an angle" in shown.sentence
    assert "Left out, since all units are constant: penultimate of Alpha." in shown.context


def test_what_is_kept_has_no_value_at_a_dead_layer_alone(dead):
    params = kept_params(dead, "rich")
    found, twins = (one.compute(dead, params) for one in (KEPT, KEPT_UNTRAINED))
    one = found.of("beta")
    at = one.layers.index("block.2")
    values = one.values[one.row(DIMENSION)]
    assert np.isnan(values[at]) and np.isfinite(np.delete(values, at)).all()
    shown = kept_exhibit.kept(found, twins, dead, LIGHT, DIMENSION, ("alpha", "beta"))
    assert SAID in shown.context and shown.figure is not None
