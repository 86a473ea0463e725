"""The programs that ours is timed against, each behind a function that says if it is there."""

import contextlib
import io
import warnings
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import numpy as np

Features = Sequence[np.ndarray]


def installed(module: str) -> bool:
    """Whether a peer can be imported."""
    return find_spec(module) is not None


def pytorch_cka(xs: Features, ys: Features) -> Callable[[], np.ndarray]:
    """Prepare pytorch-cka's own function of features."""
    import torch
    from cka import cka_from_features

    first, second = ([torch.tensor(x) for x in side] for side in (xs, ys))
    return lambda: cka_from_features(first, second).numpy()


def torch_cka(xs: Features, ys: Features) -> Callable[[], np.ndarray]:
    """Prepare torch-cka: it takes models only, so the models here hand out given features."""
    import torch
    from torch import nn
    from torch_cka import CKA

    class Given(nn.Module):
        def __init__(self, x: np.ndarray) -> None:
            super().__init__()
            self.x = torch.tensor(x)

        def forward(self, batch: Any) -> Any:
            return self.x

    class Model(nn.Module):
        def __init__(self, features: Features) -> None:
            super().__init__()
            self.layers = nn.ModuleList(Given(x) for x in features)

        def forward(self, batch: Any) -> Any:
            return [layer(batch) for layer in self.layers][-1]

    batch = torch.utils.data.TensorDataset(torch.zeros(len(xs[0]), 1))
    loader = torch.utils.data.DataLoader(batch, batch_size=len(xs[0]))
    names = [f"layers.{i}" for i in range(len(xs))]

    def run() -> np.ndarray:
        with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
            warnings.simplefilter("ignore")
            cka = CKA(Model(xs), Model(ys), "a", "b", names, names)
            cka.compare(loader)
        return cka.hsic_matrix.numpy()

    return run


def calibrated_similarity(
    x: np.ndarray, y: np.ndarray, permutations: np.ndarray
) -> Callable[[], float]:
    """Prepare its calibration of debiased CKA; returns the threshold tau."""
    import torch
    from calibrated_similarity import calibrate

    first, second = torch.tensor(x), torch.tensor(y)
    n = len(x)

    def zeroed(a: Any) -> Any:
        gram = a @ a.T
        return gram.fill_diagonal_(0)

    def hsic(k: Any, m: Any) -> Any:
        rows_k, rows_m = k.sum(0), m.sum(0)
        total = (k * m).sum() + rows_k.sum() * rows_m.sum() / ((n - 1) * (n - 2))
        return total - 2 / (n - 2) * (rows_k @ rows_m)

    def similarity(a: Any, b: Any) -> Any:
        k, m = zeroed(a - a.mean(0)), zeroed(b - b.mean(0))
        return hsic(k, m) / torch.sqrt(hsic(k, k) * hsic(m, m))

    orders = [torch.tensor(rows) for rows in permutations]

    def run() -> float:
        turn = iter(orders)
        _, _, tau = calibrate(
            first, second, similarity, K=len(orders), perm_fn=lambda n, device: next(turn)
        )
        return float(tau)

    return run


def scipy_procrustes(xs: Features) -> Callable[[], np.ndarray]:
    """Prepare scipy.spatial.procrustes for all pairs; returns the nuclear similarity."""
    from scipy.spatial import procrustes

    def run() -> np.ndarray:
        disparities = [procrustes(x, y)[2] for i, x in enumerate(xs) for y in xs[:i]]
        return np.sqrt(1 - np.array(disparities))

    return run


def rsatoolbox(xs: Features) -> Callable[[], np.ndarray]:
    """Prepare rsatoolbox: correlation dissimilarities and Spearman between all of them."""
    from rsatoolbox.data import Dataset
    from rsatoolbox.rdm import calc_rdm, compare, concat

    datasets = [Dataset(x) for x in xs]

    def run() -> np.ndarray:
        rdms = concat([calc_rdm(data, method="correlation") for data in datasets])
        values = np.asarray(compare(rdms, rdms, method="spearman"))
        return values[np.tril_indices(len(xs), -1)]

    return run
