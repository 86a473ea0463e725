"""The cases of the table of speeds."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks import floors, peers
from benchmarks.harness import FLOOR, OURS, Case, peak_bytes
from benchmarks.units import units_matched, units_read
from substrate.numerics import (
    nulls,
    panel,
)
from substrate.numerics.metrics import METRICS
from substrate.numerics.metrics.support.cka_null import (
    gram_shape,
    permutation_moments,
)
from substrate.numerics.moments import Moments
from substrate.numerics.spectra import directions_of_centred
from substrate.numerics.transfer.logme import logme

LOWER_13 = np.tril_indices(13, -1)
Peer = tuple[str, str, Callable[[], Callable[[], Any]]]


def features(count: int, n: int, d: int, dtype: type, seed: int = 0) -> list[np.ndarray]:
    """Related layers with a falling spectrum, as networks have."""
    rng = np.random.default_rng(seed)
    spectrum = np.geomspace(3, 0.1, d)
    shared = rng.normal(size=(n, d)) * spectrum
    out = []
    for _ in range(count):
        own = rng.normal(size=(n, d)) * spectrum
        turn = rng.normal(size=(d, d)) / np.sqrt(d)
        out.append((0.6 * shared @ turn + own).astype(dtype))
    return out


def floor(forms: dict[str, Callable[[], Any]]) -> dict[str, Callable[[], Any]]:
    """Name the forms of a floor as contenders."""
    return {f"{FLOOR}, {form}": run for form, run in forms.items()}


def with_peers(case: Case, *others: Peer) -> Case:
    """Add the peers that are installed, and name those that are not."""
    for name, module, make in others:
        if peers.installed(module):
            case.contenders[name] = make()
        else:
            case.missing.append(name)
    return case


def all_debiased(xs: list[np.ndarray], ys: list[np.ndarray], precision: str) -> np.ndarray:
    """Debiased CKA of every layer of one side with every layer of the other, all prepared first."""
    metric = METRICS["debiased_cka"]
    first, second = (metric.prepare_all(side, precision=precision) for side in (xs, ys))
    return metric.compare_all(first, second)


def column_by_column(xs: list[np.ndarray], ys: list[np.ndarray]) -> np.ndarray:
    """Do the same and hold one prepared layer of the second side at a time, to save memory."""
    metric = METRICS["debiased_cka"]
    first = metric.prepare_all(xs, precision="single")
    columns = (metric.prepare(y, precision="single") for y in ys)
    return np.hstack([metric.compare_all(first, [column]) for column in columns])


def offset_errors(xs: list[np.ndarray], ys: list[np.ndarray]) -> dict[str, float]:
    """Largest error of each program when every feature is moved by 100 standard deviations."""
    moved = [[(x + 100 * x.std()).astype(np.float32) for x in side] for side in (xs, ys)]
    exact = all_debiased(*[[x.astype(np.float64) for x in side] for side in moved], "double")
    values = {OURS: all_debiased(*moved, "single")}
    if peers.installed("cka"):
        values["pytorch-cka"] = peers.pytorch_cka(*moved)()
    if peers.installed("torch_cka"):
        values["torch-cka"] = _or_nan(peers.torch_cka(*moved), exact)
    return {name: float(np.abs(value - exact).max()) for name, value in values.items()}


def _or_nan(run: Callable[[], np.ndarray], like: np.ndarray) -> np.ndarray:
    """Its values, or NaN where it stops with its own complaint about NaN."""
    try:
        return run()
    except AssertionError:
        return np.full_like(like, np.nan)


def cka_1000() -> Case:
    """Twelve layers against twelve, a thousand samples."""
    layers = features(24, 1000, 384, np.float32)
    xs, ys = layers[:12], layers[12:]

    case = Case(
        "debiased_cka_1000",
        "debiased CKA, 12 x 12 layers, n = 1000, d = 384, float32",
        {OURS: lambda: all_debiased(xs, ys, "single"), **floor(floors.gram_products(xs, ys))},
        [
            ("no slower than pytorch-cka", lambda s: s[OURS] <= s["pytorch-cka"]),
            ("2 x the floor", lambda s: s[OURS] <= 2 * s[FLOOR]),
            ("20 x torch-cka", lambda s: 20 * s[OURS] <= s["torch-cka"]),
        ],
        {"pytorch-cka": 1e-4, "torch-cka": 1e-3},
        {"largest error with all features offset by 100 sigma": offset_errors(xs[:3], ys[:3])},
    )
    return with_peers(
        case,
        ("pytorch-cka", "cka", lambda: peers.pytorch_cka(xs, ys)),
        ("torch-cka", "torch_cka", lambda: peers.torch_cka(xs, ys)),
    )


def cka_8000() -> Case:
    """Do the same with eight thousand samples."""
    layers = features(24, 8000, 384, np.float32)
    xs, ys = layers[:12], layers[12:]
    given = sum(x.nbytes for x in (*xs, *ys))

    case = Case(
        "debiased_cka_8000",
        "the same, n = 8000",
        {OURS: lambda: column_by_column(xs, ys), **floor(floors.feature_products(xs, ys))},
        [
            ("1.5 x the floor", lambda s: s[OURS] <= 1.5 * s[FLOOR]),
            ("2.5 x pytorch-cka", lambda s: 2.5 * s[OURS] <= s["pytorch-cka"]),
        ],
        {"pytorch-cka": 1e-4},
        {
            "peak memory, the features included, over the features": round(
                1 + peak_bytes(lambda: column_by_column(xs, ys)) / given, 2
            ),
            "the same with all layers prepared first": round(
                1 + peak_bytes(lambda: all_debiased(xs, ys, "single")) / given, 2
            ),
        },
    )
    return with_peers(case, ("pytorch-cka", "cka", lambda: peers.pytorch_cka(xs, ys)))


def cka_joins() -> Case:
    """Let a thirteenth encoder join twelve."""
    xs = features(13, 1000, 384, np.float32)
    metric = METRICS["debiased_cka"]
    prepared = [metric.prepare(x, precision="single") for x in xs[:12]]
    metric.compare_all(prepared, prepared)

    def ours() -> np.ndarray:
        return metric.compare_all([metric.prepare(xs[12], precision="single")], prepared)[0]

    def from_scratch() -> np.ndarray:
        states = metric.prepare_all(xs, precision="single")
        return metric.compare_all(states, states)[12, :12]

    return Case(
        "thirteenth",
        "a 13th encoder joins 12 already prepared, n = 1000, d = 384, float32",
        {
            OURS: ours,
            **floor(floors.one_against(xs[12], xs[:12])),
            "all 13 from scratch": from_scratch,
        },
        [("2.5 x the floor", lambda s: s[OURS] <= 2.5 * s[FLOOR])],
        {"all 13 from scratch": 1e-5},
    )


def procrustes() -> Case:
    """Thirteen encoders, all pairs, orthogonal Procrustes."""
    xs = features(13, 2000, 384, np.float64)
    metric = METRICS["nuclear_similarity"]

    def ours() -> np.ndarray:
        states = metric.prepare_all(xs)
        return metric.compare_all(states, states)[LOWER_13]

    case = Case(
        "procrustes",
        "Procrustes, 13 encoders, 78 pairs, n = 2000, d = 384, float64",
        {OURS: ours, **floor(floors.cross_spectra(xs))},
        [
            ("1.3 x the floor", lambda s: s[OURS] <= 1.3 * s[FLOOR]),
            ("5 x scipy per pair", lambda s: 5 * s[OURS] <= s["scipy"]),
        ],
        {"scipy": 1e-9},
    )
    return with_peers(case, ("scipy", "scipy", lambda: peers.scipy_procrustes(xs)))


def mean_cca() -> Case:
    """Thirteen encoders, all pairs, canonical correlations."""
    xs = features(13, 2000, 384, np.float64)
    metric = METRICS["mean_cca"]

    def ours() -> np.ndarray:
        states = metric.prepare_all(xs)
        return metric.compare_all(states, states)[LOWER_13]

    return Case(
        "mean_cca",
        "mean CCA, same panel",
        {OURS: ours, **floor(floors.canonical(xs))},
        [("1.5 x the floor", lambda s: s[OURS] <= 1.5 * s[FLOOR])],
    )


def rsa() -> Case:
    """Thirteen encoders, all pairs, representational similarity analysis."""
    xs = features(13, 1000, 384, np.float64)
    metric = METRICS["rsa_correlation_spearman"]

    def ours() -> np.ndarray:
        states = metric.prepare_all(xs)
        return metric.compare_all(states, states)[LOWER_13]

    case = Case(
        "rsa",
        "RSA (correlation, Spearman), 78 pairs, n = 1000, d = 384",
        {OURS: ours, **floor(floors.rank_patterns(xs))},
        [
            ("2 x the floor", lambda s: s[OURS] <= 2 * s[FLOOR]),
            ("5 x rsatoolbox", lambda s: 5 * s[OURS] <= s["rsatoolbox"]),
        ],
        {"rsatoolbox": 1e-6},
    )
    return with_peers(case, ("rsatoolbox", "rsatoolbox", lambda: peers.rsatoolbox(xs)))


def permutation_null() -> Case:
    """Two hundred permutations of debiased CKA, and the closed form of their distribution."""
    x, y = features(2, 1000, 384, np.float32)
    y = np.random.default_rng(5).permutation(y)
    permutations = nulls.group_permutations(np.arange(1000), 200, seed=0)
    metric = METRICS["debiased_cka"]

    def tau() -> float:
        a, b = (metric.prepare(side, precision="single") for side in (x, y))
        null = metric.compare_permuted(a, b, permutations)
        return nulls.calibrate(metric.compare(a, b), null, n_groups=1000).tau

    def closed() -> float:
        shapes = [gram_shape(metric.prepare(side, precision="single")) for side in (x, y)]
        return permutation_moments(*shapes).threshold()

    many = nulls.group_permutations(np.arange(1000), 4000, seed=1)
    states = [metric.prepare(side, precision="single") for side in (x, y)]
    exact = nulls.threshold(metric.compare_permuted(*states, many))
    case = Case(
        "permutation_null",
        "permutation null, 200 permutations, debiased CKA, n = 1000, d = 384, float32",
        {OURS: tau, **floor(floors.permuted(x, y, permutations)), "ours, closed form": closed},
        [
            ("1.5 x the floor", lambda s: s[OURS] <= 1.5 * s[FLOOR]),
            (
                "no slower than calibrated-similarity",
                lambda s: s[OURS] <= s["calibrated-similarity"],
            ),
            (
                "closed form 20 x calibrated-similarity",
                lambda s: 20 * s["ours, closed form"] <= s["calibrated-similarity"],
            ),
        ],
        {"calibrated-similarity": 1e-5},
        {
            "tau of 200 permutations": tau(),
            "tau of 4000 permutations": exact,
            "tau of the closed form": closed(),
        },
    )
    return with_peers(
        case,
        (
            "calibrated-similarity",
            "calibrated_similarity",
            lambda: peers.calibrated_similarity(x, y, permutations),
        ),
    )


def procrustes_cka() -> Case:
    """Procrustes-CKA of eight domains."""
    rng = np.random.default_rng(0)
    common = rng.normal(size=(64, 5888))
    xs = []
    for _ in range(8):
        x = rng.normal(size=(1000, 64)) * np.geomspace(4, 0.5, 64) @ common
        x = x / 8 + rng.normal(size=(1000, 5888))
        xs.append((x - x.mean(0)) / x.std(0))

    def ours() -> np.ndarray:
        bases = [directions_of_centred(x, 16).vectors for x in xs]
        return panel.procrustes_cka_all(xs, bases, [16]).biased[0]

    return Case(
        "procrustes_cka",
        "Procrustes-CKA, 8 domains, D = 5888, n = 1000, K = 16",
        {OURS: ours, **floor(floors.leading_directions(xs, 16))},
        [("2 x the floor", lambda s: s[OURS] <= 2 * s[FLOOR])],
    )


def evidence() -> Case:
    """Exact maximum evidence."""
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 100, 5000)
    x = rng.normal(size=(5000, 384)) + 0.7 * rng.normal(size=(100, 384))[labels]
    return Case(
        "logme",
        "exact maximum evidence (LogME), N = 5000, D = 384, C = 100",
        {OURS: lambda: logme(x, labels), **floor(floors.spectrum(x))},
        [("2.5 x the floor", lambda s: s[OURS] <= 2.5 * s[FLOOR])],
    )


def moments() -> Case:
    """Streaming moments."""
    rng = np.random.default_rng(0)
    batch = rng.normal(size=(10_000, 2000))

    def ours() -> Moments:
        out = Moments({"all": 2000})
        for _ in range(10):
            out.update(batch)
        return out

    return Case(
        "moments",
        "moments, 100,000 samples, D = 2000",
        {OURS: ours, **floor(floors.sums_of_products(batch, 10))},
        [("60 % of the rate of the product", lambda s: 0.6 * s[OURS] <= s[FLOOR])],
    )


CASES: dict[str, Callable[[], Case]] = {
    "debiased_cka_1000": cka_1000,
    "debiased_cka_8000": cka_8000,
    "thirteenth": cka_joins,
    "procrustes": procrustes,
    "mean_cca": mean_cca,
    "rsa": rsa,
    "permutation_null": permutation_null,
    "procrustes_cka": procrustes_cka,
    "logme": evidence,
    "moments": moments,
    "units_matched": units_matched,
    "units_read": units_read,
}


def cases(names: list[str]) -> Iterator[Case]:
    """Build the named cases (all, if none is named), one at a time."""
    for name in names or CASES:
        yield CASES[name]()
