"""Nuclear norms to 1e-10, by whichever road; and work that is shared among cores."""

import sys
import threading

import numpy as np
import pytest
from threadpoolctl import ThreadpoolController, threadpool_limits

from substrate.numerics import parallel
from substrate.numerics.metrics import METRICS
from substrate.numerics.metrics.support import nuclear
from substrate.numerics.metrics.support.nuclear import (
    nuclear_norm,
    nuclear_norms,
)


def with_singular_values(values, p, q, seed=0):
    rng = np.random.default_rng(seed)
    left, right = (np.linalg.qr(rng.normal(size=(m, len(values))))[0] for m in (p, q))
    return left * values @ right.T


SPECTRA = {
    "flat": np.ones(30),
    "falling to 1e-3": np.geomspace(1, 1e-3, 30),
    "falling to 1e-6": np.geomspace(1, 1e-6, 30),
    "falling to 1e-9": np.geomspace(1, 1e-9, 30),
    "falling below rounding": np.geomspace(1, 1e-20, 30),
    "of rank three": np.array([2.0, 1, 1e-7]),
    "one small value among large ones": np.r_[np.ones(29), 3e-8],
}


@pytest.mark.parametrize("spectrum", SPECTRA.values(), ids=SPECTRA)
@pytest.mark.parametrize(("p", "q"), [(30, 30), (30, 50), (50, 30)])
@pytest.mark.parametrize("scale", [1e-8, 1.0, 1e6])
def test_error_is_below_1e_10_of_the_norm(spectrum, p, q, scale):
    x = scale * with_singular_values(spectrum, p, q)
    exact = np.linalg.svd(x.astype(np.float64), compute_uv=False).sum()
    assert nuclear_norm(x) == pytest.approx(exact, rel=1e-10)
    assert nuclear_norm(x) == pytest.approx(scale * spectrum.sum(), rel=1e-10)


def test_every_matrix_of_a_stack_goes_its_own_road():
    stack = np.stack([with_singular_values(s, 40, 35) for s in SPECTRA.values()])
    expected = [np.linalg.svd(x, compute_uv=False).sum() for x in stack]
    np.testing.assert_allclose(nuclear_norms(stack), expected, rtol=1e-10)
    np.testing.assert_allclose(nuclear_norms(stack.swapaxes(1, 2)), expected, rtol=1e-10)


def test_of_nothing_it_is_zero():
    assert nuclear_norm(np.zeros((4, 7))) == 0.0


def test_the_cheap_road_is_taken_where_its_error_is_small_and_only_there(monkeypatch):
    taken = []
    svd = np.linalg.svd
    monkeypatch.setattr(
        nuclear.np.linalg, "svd", lambda a, **k: taken.append(len(a)) or svd(a, **k)
    )
    nuclear_norms(np.stack([with_singular_values(SPECTRA["falling to 1e-3"], 30, 30)]))
    nuclear_norms(np.stack([with_singular_values(SPECTRA["falling to 1e-9"], 30, 30)]))
    assert taken == [0, 1]


@pytest.mark.parametrize("key", ["nuclear_similarity", "procrustes_angular", "mean_cca"])
@pytest.mark.parametrize("n", [300, 60], ids=["n>p", "n<p"])
def test_all_pairs_stay_within_1e_9_of_singular_values(key, n, monkeypatch):
    rng = np.random.default_rng(1)
    spectrum = np.geomspace(3, 0.1, 80)
    shared = rng.normal(size=(n, 80)) * spectrum
    layers = [0.6 * shared + rng.normal(size=(n, 80)) * spectrum for _ in range(4)]
    metric = METRICS[key]
    states = metric.prepare_all(layers)
    values = metric.compare_all(states, states)
    monkeypatch.setattr(nuclear, "TOLERANCE", 0.0)
    exact = metric.compare_all(metric.prepare_all(layers), states)
    np.testing.assert_allclose(values, exact, rtol=0, atol=1e-9)


def test_pairs_of_two_lists_and_of_one_agree():
    rng = np.random.default_rng(2)
    metric = METRICS["nuclear_similarity"]
    states = metric.prepare_all([rng.normal(size=(40, width)) for width in (3, 9, 5, 7, 4)])
    whole = metric.compare_all(states, states)
    np.testing.assert_allclose(metric.compare_all(states[:2], states[1:]), whole[:2, 1:])
    np.testing.assert_allclose(np.diagonal(whole), 1, rtol=1e-12)


@pytest.fixture
def two_cores(monkeypatch):
    monkeypatch.setattr(parallel, "cores", lambda: 2)


def test_pieces_run_side_by_side_and_keep_their_order(two_cores):
    meet = threading.Barrier(2, timeout=30)

    def piece(i):
        if i < 2:
            meet.wait()  # passes only if both run at the same time
        return i * i

    assert parallel.parallel_map(piece, range(6)) == [0, 1, 4, 9, 16, 25]


def test_work_within_work_stays_in_its_thread(two_cores):
    def outer(i):
        mine = threading.get_ident()
        inner = parallel.parallel_map(lambda j: threading.get_ident(), range(3))
        return set(inner) == {mine}

    assert all(parallel.parallel_map(outer, range(4)))


def test_an_error_comes_through_and_leaves_everything_as_it_was(two_cores):
    before = [library.num_threads for library in parallel._libraries().lib_controllers]
    with pytest.raises(ZeroDivisionError):
        parallel.parallel_map(lambda i: 1 / i, [1, 0, 2])
    assert [library.num_threads for library in parallel._libraries().lib_controllers] == before
    assert parallel.parallel_map(lambda i: i, [1, 2]) == [1, 2]


def test_libraries_that_a_later_import_loads_are_held_too(monkeypatch):
    looks = []

    class Controller(ThreadpoolController):
        def __init__(self):
            looks.append(len(sys.modules))

        def select(self, **_):
            return self

    monkeypatch.setattr(parallel, "ThreadpoolController", Controller)
    parallel._loaded.cache_clear()
    first = parallel._libraries()
    assert parallel._libraries() is first and len(looks) == 1  # nothing was imported
    monkeypatch.setitem(sys.modules, "a_module_with_blas", sys)
    assert parallel._libraries() is not first and len(looks) == 2
    parallel._loaded.cache_clear()


def test_one_core_means_no_threads(monkeypatch):
    monkeypatch.setattr(parallel, "cores", lambda: 1)
    assert set(parallel.parallel_map(lambda i: threading.get_ident(), range(3))) == {
        threading.get_ident()
    }


def test_holding_blas_to_one_thread_leaves_the_pieces_their_cores(monkeypatch):
    controllers = parallel._libraries().lib_controllers
    before = [library.num_threads for library in controllers]
    monkeypatch.setattr(parallel, "_libraries", lambda: parallel.ThreadpoolController())
    with threadpool_limits(2, user_api="blas"):
        assert parallel.cores() == 2
        with parallel.one_blas_thread():
            assert parallel.cores() == 2
            with parallel.one_blas_thread():
                assert parallel.cores() == 2
            assert {library.num_threads for library in controllers} == {1}
        assert parallel.cores() == 2
    assert [library.num_threads for library in controllers] == before
