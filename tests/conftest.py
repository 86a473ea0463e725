"""What the whole suite shares: one real study, run once, and a way to open pages on a store."""

from __future__ import annotations

import os

# Before NumPy is loaded: on small matrices the threads of two busy test processes only wait.
for _variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_variable, "1")

import sys
import tempfile
import warnings
from collections.abc import Callable
from functools import lru_cache, partial
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("SUBSTRATE_SHARED_DATA", ROOT.parent / "shared" / "data"))
#: Where tests keep the folders and weights that they compare.
os.environ["SUBSTRATE_ROOTS"] = os.pathsep.join(map(str, (tempfile.gettempdir(), ROOT, SHARED)))

_MAIN = sys.modules["__main__"]


@pytest.fixture(autouse=True)
def _main_is_no_page():
    """AppTest leaves its page as the main module, which a spawned process would run again."""
    sys.modules["__main__"] = _MAIN
    yield
    sys.modules["__main__"] = _MAIN


@pytest.fixture(scope="session", autouse=True)
def _components_are_sought_once():
    """AppTest reads what every installed package says of itself, anew for every page: a second."""
    from streamlit.components.v2 import manifest_scanner

    with pytest.MonkeyPatch.context() as patch:
        once = lru_cache(maxsize=1)(manifest_scanner.scan_component_manifests)
        patch.setattr(manifest_scanner, "scan_component_manifests", once)
        yield


@pytest.fixture(scope="module")
def one_thread():
    """Compute with one thread: sums of several differ in last bits, and training amplifies them.

    Runs in this process leave the number of threads of torch's libraries as it suited them.
    """
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real encoders and image folders for development, where they are at hand."""
    if not SHARED.is_dir():
        pytest.skip(f"no development data at {SHARED} (set SUBSTRATE_SHARED_DATA)")
    return SHARED


@pytest.fixture(scope="session")
def real_run(tmp_path_factory: pytest.TempPathFactory):
    """One small study of bundled encoders, run for real through the pipeline."""
    from substrate import catalogue, jobs
    from substrate.pipeline import Pipeline
    from substrate.progress import Progress
    from substrate.runs import open_run
    from substrate.store import Store

    names = catalogue.names()["bundled"]
    if len(names) < 2:
        pytest.skip("fewer than two bundled encoders are shipped")
    study = catalogue.parse_study(
        {
            "name": "Small and real",
            "encoders": names[:3],
            "domains": ["natural", "face", "digit"],
            "samples": 48,
            "untrained": 2,
            "permutations": 40,
            "components": 8,
            "trajectories": [names[0]],
        }
    )
    store = Store(tmp_path_factory.mktemp("real"))
    job = jobs.new_job(store, study)
    progress = Progress(store, job)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run_id = Pipeline(study, store, progress, lambda _message: None).run()
    progress.close("done")
    return open_run(store, run_id)


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Callable:
    """Return a function that runs a page on a store and gives its AppTest."""
    from tests.support.opened import run_page

    return partial(run_page, monkeypatch)


@pytest.fixture
def no_gallery(monkeypatch: pytest.MonkeyPatch) -> None:
    """Turn the shipped run off: an empty store has nothing to show then."""
    monkeypatch.setenv("SUBSTRATE_GALLERY", "off")


@pytest.fixture
def inline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compute in this process what a page would ask of the resident worker."""
    from tests.support.opened import answer_here

    answer_here(monkeypatch)
