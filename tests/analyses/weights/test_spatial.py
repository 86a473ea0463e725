"""Filters of all layers: planted banks, twins, copies, damage, and numbers by another route."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from substrate.analyses.spec import AnalysisError, obtain, result_key, stored
from substrate.analyses.weights.spatial import SPATIAL, spatial_params
from substrate.analyses.weights.stored import read_weights, store_weights, weights_key
from substrate.encoder_ref import EncoderRef
from substrate.encoders.weights import LayerWeights, weights_of
from substrate.runs import Run, open_run
from substrate.store import Store, digest
from tests.support.planted import KERNELS, ODD_ONE_OUT, planted_run


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("weights"), n=40, groups=20, untrained=6)


@pytest.fixture(scope="module")
def found(run):
    return SPATIAL.compute(run, spatial_params(run, run.panel, run.main_domain))


def of(found, encoder, layer):
    return next(one for one in found.layers if (one.encoder, one.layer) == (encoder, layer))


def test_layers_of_one_bank_agree_beyond_chance_and_layers_of_their_own_do_not(found):
    assert [one.layer for one in found.layers] == [*KERNELS] * 3
    for one in found.layers:
        assert one.agreement.low < one.agreement.value < one.agreement.high
        if (one.encoder, one.layer) == ODD_ONE_OUT:
            assert one.agreement.value < one.level and not one.beyond_bases
        else:
            assert one.agreement.value > 0.85 and one.beyond_bases
    assert found.against == "the mean of the encoders of other recipes"
    assert "no layer of square kernels" in found.without["delta"]


def test_twins_lie_where_random_bases_lie(found):
    layers = [one for one in found.layers if one.compared]
    assert all(len(one.twins) == 6 for one in layers)
    twins = np.mean([one.twins.mean() for one in layers])
    assert twins == pytest.approx(np.mean([one.chance for one in layers]), abs=0.05)


def test_a_layer_beside_the_mean_of_the_others_by_a_few_lines_of_numpy(run, found):
    """The mean covariance of the other two encoders' later layers, each of trace 1."""

    def covariance(encoder, layer):
        held = next(x for x in read_weights(run, EncoderRef(encoder)) if x.name == layer)
        c = held.sums.sum(axis=0)
        return c / np.trace(c)

    pool = [covariance(e, x) for e in ("beta", "gamma") for x in ("conv2", "conv3")]
    one = of(found, "alpha", "conv2")
    assert len(set(one.spaces[:6])) == 6  # told apart: vectors are compared one by one
    mine = np.linalg.eigh(covariance("alpha", "conv2"))[1][:, ::-1]
    theirs = np.linalg.eigh(np.mean(pool, axis=0))[1][:, ::-1]
    cosines = np.abs(np.sum(mine * theirs, axis=0))[:5]
    assert one.by_rank == pytest.approx(cosines)
    assert one.agreement.value == pytest.approx(cosines.mean())
    assert np.abs(np.sum(one.vectors[:, :5] * mine[:, :5], axis=0)) == pytest.approx(np.ones(5))


def test_signs_follow_the_mean_of_the_others(found):
    mean = found.means[0]
    leading = [one.vectors[:, 0] @ mean.vectors[:, 0] for one in found.layers if not one.first]
    bank = [value for value in leading if abs(value) > 0.9]
    assert len(bank) >= 3 and min(bank) > 0


def test_pairs_of_layers_agree_where_their_banks_are_one(found):
    names = [(one.encoder, one.layer) for one in found.layers]
    a, b, own = (names.index(n) for n in (("alpha", "conv2"), ("beta", "conv2"), ODD_ONE_OUT))
    assert found.similarity[a, b] == found.similarity[b, a] > found.level[a, b]
    assert found.similarity[a, own] < found.level[a, own] + 0.15
    assert np.diag(found.similarity)[a] == pytest.approx(1.0)


def test_neither_scale_nor_sign_nor_order_of_neurons_changes_a_layer(run, tmp_path):
    store = Store(tmp_path)
    rng = np.random.default_rng(0)
    w = rng.normal(size=(40, 12, 3, 3)) * np.linspace(1, 3, 3)
    for name, other in {"a": w, "b": -1000 * w[rng.permutation(40)]}.items():
        store_weights(store, digest(name), [LayerWeights("x", other)])
    a, b = (store.get(digest(name)).array("0/sums").sum(axis=0) for name in "ab")
    np.testing.assert_allclose(b / np.trace(b), a / np.trace(a), rtol=1e-12)


def test_layers_without_a_basis_are_shown_and_compared_with_nothing(run, tmp_path):
    """One layer of zeros, one of copies of a kernel; what others are compared with stays."""
    bare = planted_run(tmp_path, n=40, groups=20, untrained=0)
    whole = SPATIAL.compute(bare, spatial_params(bare, bare.panel, "rich"))
    record = json.loads(json.dumps(bare.record))
    record["encoders"][0]["weights_digest"] = "damaged"
    damaged = Run(bare.run_id, bare.store, record)
    rng = np.random.default_rng(1)
    layers = {
        "conv1": rng.normal(size=(40, 3, 3, 3)),
        "conv2": np.zeros((40, 12, 3, 3)),
        "conv3": np.ones((40, 12, 3, 3)),
    }
    given = [LayerWeights(name, w) for name, w in layers.items()]
    store_weights(bare.store, weights_key(damaged, EncoderRef("alpha")), given)
    found = SPATIAL.compute(damaged, spatial_params(damaged, bare.panel, "rich"))
    zeros, copies = of(found, "alpha", "conv2"), of(found, "alpha", "conv3")
    assert zeros.agreement.reason == "All kernels are zero: they have no patterns."
    assert copies.agreement.reason.startswith("The kernels span 1 of 9 dimensions")
    assert zeros.shares.tolist() == [0.0] * 9 and np.isfinite(zeros.power).all()
    names = [(one.encoder, one.layer) for one in found.layers]
    i, j = names.index(("alpha", "conv3")), names.index(("beta", "conv2"))
    assert np.isnan(found.similarity[i, j]) and np.isfinite(found.similarity[j, j])
    only = spatial_params(damaged, ("alpha",), "rich")
    alone = of(SPATIAL.compute(damaged, only), "alpha", "conv1")
    assert alone.agreement.reason == "No other layer has kernels of 3 x 3 to compare with."
    assert (
        of(whole, "gamma", "conv2").agreement.value != of(found, "gamma", "conv2").agreement.value
    )


def test_copies_are_left_out_together(run):
    record = json.loads(json.dumps(run.record))
    for one in record["encoders"][:2]:
        one["recipe"] = "one recipe"
    copies = Run(run.run_id, run.store, record)
    found = SPATIAL.compute(copies, spatial_params(run, ("alpha", "beta", "gamma"), "rich"))
    alone = SPATIAL.compute(run, spatial_params(run, ("alpha", "gamma"), "rich"))
    value = of(alone, "alpha", "conv2").agreement.value
    assert of(found, "alpha", "conv2").agreement.value == pytest.approx(value)
    only = SPATIAL.compute(copies, spatial_params(run, ("alpha", "beta"), "rich"))
    assert only.against == "the mean of the other encoders"
    single = SPATIAL.compute(run, spatial_params(run, ("alpha",), "rich"))
    assert single.against == "the mean of its other layers"
    assert of(single, "alpha", "conv2").compared


def test_it_is_stored_and_read_back_as_it_was(run, found):
    params = spatial_params(run, run.panel, run.main_domain)
    obtain(SPATIAL, run, params)
    again = stored(SPATIAL, run, params)
    assert again.without == found.without
    np.testing.assert_array_equal(again.similarity, found.similarity)
    assert [one.agreement for one in again.layers] == [one.agreement for one in found.layers]


def test_the_key_follows_weights_and_recipes_but_not_order_in_the_store(run):
    params = spatial_params(run, run.panel, run.main_domain)
    for field, value in {"weights_digest": "f" * 64, "recipe": "another"}.items():
        record = json.loads(json.dumps(run.record))
        record["encoders"][0][field] = value
        assert result_key(SPATIAL, Run("x", run.store, record), params) != result_key(
            SPATIAL, run, params
        )


def test_twins_of_the_same_weights_twice_are_others(run):
    record = json.loads(json.dumps(run.record))
    record["encoders"][1]["weights_digest"] = record["encoders"][0]["weights_digest"]
    same = Run(run.run_id, run.store, record)
    assert weights_key(same, EncoderRef("alpha")) == weights_key(same, EncoderRef("beta"))
    one, other = (weights_key(same, EncoderRef(name, twin=0)) for name in ("alpha", "beta"))
    assert one != other


def test_what_is_missing_damaged_or_not_finite_is_one_sentence(run, tmp_path):
    root = tmp_path / "store"
    shutil.copytree(run.store.root, root)
    opened = open_run(Store(root), run.run_id)
    home = opened.store.path(weights_key(opened, EncoderRef("alpha"))) / "arrays.safetensors"
    home.write_bytes(home.read_bytes()[:-9] + b"corrupted")
    opened.store.remove(weights_key(opened, EncoderRef("beta")))
    opened.store.remove(key := weights_key(opened, EncoderRef("gamma")))
    store_weights(opened.store, key, [LayerWeights("x", np.full((8, 8, 3, 3), np.nan))])
    for names, said in {
        ("alpha",): "of Alpha is damaged. Run the study again",
        ("beta",): "of Beta have not been read yet",
        ("gamma",): "Gamma holds weights that are not finite",
    }.items():
        with pytest.raises(AnalysisError, match=said):
            SPATIAL.compute(opened, spatial_params(opened, names, "rich"))
    filed = replace(run)
    filed.__dict__["encoders"] = {"alpha": replace(run.encoders["alpha"], source="features")}
    with pytest.raises(AnalysisError, match="without its network there are no weights"):
        read_weights(filed, EncoderRef("alpha"))


def test_a_run_keeps_the_weights_of_its_encoders_and_twins(real_run):
    from substrate.paired.reloaded import encoder_of

    name = next(iter(real_run.encoders))
    loaded = encoder_of(str(real_run.store.root), real_run.run_id, name)
    network = {layer.name: layer.weights for layer in weights_of(loaded)}
    held = read_weights(real_run, EncoderRef(name))
    assert [layer.name for layer in held] == list(network)
    for layer in held:
        w = network[layer.name].astype(np.float64)
        assert layer.shape == w.shape and layer.finite
        if layer.spatial:
            flat = w.reshape(-1, w.shape[2] ** 2)
            np.testing.assert_allclose(layer.sums.sum(axis=0), flat.T @ flat, rtol=1e-9, atol=1e-9)
            assert layer.filters.shape[:2] == tuple(min(16, n) for n in w.shape[:2])
        if len(layer.values):
            rows = w if w.ndim == 2 else w.transpose(0, 2, 3, 1).reshape(-1, w.shape[1])
            lengths = np.linalg.svd(rows, compute_uv=False)
            np.testing.assert_allclose(
                layer.values, lengths**2 / len(rows), rtol=1e-6, atol=1e-12 * lengths[0] ** 2
            )
    twin = read_weights(real_run, EncoderRef(name, twin=1))
    assert any(layer.spatial for layer in twin) and not any(o.filters.size for o in twin)
    assert [len(layer.values) for layer in twin] == [len(layer.values) for layer in held]
    mine, theirs = (next(x.sums for x in layers if x.spatial) for layers in (held, twin))
    assert mine.shape == theirs.shape and not np.allclose(mine, theirs)
