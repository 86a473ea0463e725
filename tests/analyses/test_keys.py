"""Keys of results: whatever can change a result changes its key, one ingredient at a time."""

from __future__ import annotations

import ast
import inspect
import json
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import ModuleType

import numpy as np
import pytest

from substrate.analyses.defaults import defaults
from substrate.analyses.registry import ANALYSES
from substrate.analyses.sharedness.by_paradigm import PARADIGMS
from substrate.analyses.sharedness.leave_encoder_out import (
    SHAREDNESS,
    SharednessParams,
)
from substrate.analyses.spec import (
    Analysis,
    AnalysisError,
    UndeclaredUseError,
    obtain,
    result_key,
    stored,
    used_versions,
)
from substrate.encoder_ref import as_ref
from substrate.representation import RepresentationError, table_digest
from substrate.runs import Run, RunError
from tests.support.planted import (
    ENCODERS,
    planted_run,
)

PARAMS = SharednessParams(tuple(ENCODERS), "rich", components=6)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    return planted_run(tmp_path_factory.mktemp("keys"), untrained=0)


def changed(run: Run, change) -> Run:
    """Return the run with its record changed in place by a function."""
    record = json.loads(json.dumps(run.record))
    change(record)
    return Run(run.run_id, run.store, record)


def retabled(run: Run, change) -> Run:
    """Return the run with another sample table of its first domain, stored as a run stores it."""
    table = run.samples("rich")
    change(table)
    key = table_digest(table)
    run.store.put(key, arrays={}, meta={}, table=table)
    return changed(run, lambda r: r["domains"][0].update(entry=key, table=key))


def first(kind, **values):
    return lambda run: changed(run, lambda record: record[kind][0].update(values))


def at(column, value):
    def change(table):
        table.loc[table.index[7], column] = value

    return lambda run: retabled(run, change)


def swapped(table):
    rows = table.to_numpy().copy()
    rows[[3, 4]] = rows[[4, 3]]
    table[:] = rows


def other_features(run: Run) -> Run:
    key = run.pairs["beta/rich"][::-1]
    return changed(run, lambda record: record["pairs"].update({"beta/rich": key}))


INGREDIENTS = {
    "contents": at("content_sha256", "0" * 64),
    "groups": at("group", "rich/other"),
    "labels": at("label", "other"),
    "boxes": at("box", "1,1,2,2"),
    "order": lambda run: retabled(run, swapped),
    "features": other_features,
    "paradigm": first("encoders", paradigm="masked"),
    "title of an encoder": first("encoders", title="Another"),
    "trajectory": first("encoders", trajectory=[{"step": 3, "accuracy": 0.5}]),
    "title of a domain": first("domains", title="Another"),
}


@pytest.mark.parametrize("name", INGREDIENTS)
def test_each_ingredient_alone_changes_the_key(run, name):
    assert result_key(SHAREDNESS, INGREDIENTS[name](run), PARAMS) != result_key(
        SHAREDNESS, run, PARAMS
    )


@pytest.mark.parametrize("field", ["whitening", "components", "seed", "domain", "encoders"])
def test_each_parameter_changes_the_key(run, field):
    other = {
        "whitening": "none",
        "components": 5,
        "seed": 1,
        "domain": "few",
        "encoders": PARAMS.encoders[::-1],
    }
    assert result_key(SHAREDNESS, run, replace(PARAMS, **{field: other[field]})) != result_key(
        SHAREDNESS, run, PARAMS
    )


def test_a_version_changes_the_keys_of_all_results_made_of_it(run):
    newer = replace(SHAREDNESS, version=SHAREDNESS.version + 1)
    made_of = replace(PARADIGMS, uses=(newer,))
    deeper = replace(PARADIGMS, key="deeper", uses=(PARADIGMS,))
    of_newer = replace(deeper, uses=(made_of,))
    assert result_key(newer, run, PARAMS) != result_key(SHAREDNESS, run, PARAMS)
    assert result_key(made_of, run, PARAMS) != result_key(PARADIGMS, run, PARAMS)
    assert result_key(of_newer, run, PARAMS) != result_key(deeper, run, PARAMS)
    assert used_versions(deeper) == {
        PARADIGMS.key: PARADIGMS.version,
        SHAREDNESS.key: SHAREDNESS.version,
    }


@pytest.mark.parametrize(
    "change",
    [
        lambda record: record["domains"][1].update(title="Another", table="0" * 64),
        lambda record: record["pairs"].update({"beta/few": "0" * 64}),
        lambda record: record["study"].update(name="Another"),
        lambda record: record["study"]["domains"][0].update(path="/elsewhere"),
        lambda record: record["domains"][0].update(skipped=[["a.txt", "no image"]]),
    ],
)
def test_what_a_result_does_not_read_leaves_its_key(run, change):
    assert result_key(SHAREDNESS, changed(run, change), PARAMS) == result_key(
        SHAREDNESS, run, PARAMS
    )


def test_other_groups_of_the_same_images_are_another_result(run):
    """The same contents with two groups must not show the interval of thirty photographs."""
    before = obtain(SHAREDNESS, run, PARAMS)

    def two_groups(table):
        table["group"] = np.where(np.arange(len(table)) < 60, "a", "b")

    regrouped = retabled(run, two_groups)
    assert stored(SHAREDNESS, regrouped, PARAMS) is None
    after = obtain(SHAREDNESS, regrouped, PARAMS)
    assert before.photographs_test == 15
    assert after.photographs_test == 2
    assert np.isfinite(before.low).all()
    assert np.isnan(after.low).all()


def test_what_is_not_declared_cannot_be_obtained(run):
    undeclared = replace(PARADIGMS, key="undeclared", uses=())
    with pytest.raises(UndeclaredUseError, match="undeclared obtains sharedness"):
        obtain(undeclared, run, PARAMS)
    narrow = replace(
        PARADIGMS, key="narrow", inputs=lambda _run, params: (params.encoders[:2], ("rich",))
    )
    with pytest.raises(UndeclaredUseError, match="reads the delta/rich"):
        obtain(narrow, run, PARAMS)


# Which results a computation obtains, read from the source.


@dataclass(frozen=True)
class Function:
    """A function or class at the top of a module."""

    module: ModuleType
    node: ast.FunctionDef | ast.ClassDef


def _top(module: ModuleType) -> dict[str, ast.AST]:
    tree = ast.parse(inspect.getsource(module))
    return {n.name: n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}


def _named(function: Function) -> Iterator[Function]:
    """Yield what a function names of its own module and of other analyses' modules."""
    for node in ast.walk(function.node):
        value = getattr(function.module, node.id, None) if isinstance(node, ast.Name) else None
        home = getattr(value, "__module__", None) or ""
        if home.startswith("substrate.analyses.") and home != "substrate.analyses.spec":
            module = sys.modules[home]
            if (name := getattr(value, "__name__", "")) in (top := _top(module)):
                yield Function(module, top[name])


def _reachable(analysis: Analysis) -> list[Function]:
    """List the functions and classes that a computation may call, itself first."""
    compute = inspect.unwrap(analysis.compute)
    module = sys.modules[compute.__module__]
    waiting, seen = [Function(module, _top(module)[compute.__name__])], {}
    while waiting:
        function = waiting.pop()
        mark = (function.module.__name__, function.node.name)
        if mark not in seen:
            seen[mark] = function
            waiting += _named(function)
    return list(seen.values())


def _obtained(function: Function) -> Iterator[Analysis]:
    for node in ast.walk(function.node):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("obtain", "stored"):
            assert isinstance(node.args[0], ast.Name), f"{ast.unparse(node)}: name the analysis"
            yield getattr(function.module, node.args[0].id)


@pytest.mark.parametrize("key", ANALYSES)
def test_every_nested_result_is_declared_and_every_declaration_is_needed(key):
    found = {one.key for function in _reachable(ANALYSES[key]) for one in _obtained(function)}
    assert found == {used.key for used in ANALYSES[key].uses}


@pytest.mark.parametrize("key", ANALYSES)
def test_no_analysis_computes_another_one_without_its_key(key):
    """Calling another analysis's computation directly would hide its version from the key."""
    computes = {inspect.unwrap(a.compute) for a in ANALYSES.values()}
    for function in _reachable(ANALYSES[key])[1:]:
        value = getattr(function.module, function.node.name)
        assert inspect.unwrap(value) not in computes, f"{key} calls {function.node.name}"


# What a computation reads, watched while it reads.


@dataclass(frozen=True, eq=False)
class Watched(Run):
    """A run that notes what is read of it."""

    read: set[str] = field(default_factory=set)

    def representation(self, encoder, domain, *args, **more):
        self.read.add(as_ref(encoder).on(domain))
        return super().representation(encoder, domain, *args, **more)

    def _domain(self, name):
        self.read.add(f"table of {name}")
        return super()._domain(name)


def test_the_default_results_read_nothing_that_their_keys_leave_out(tmp_path):
    run = planted_run(tmp_path, untrained=1)
    asked = {(analysis.key, params): (analysis, params) for analysis, params in defaults(run)}
    for analysis, params in asked.values():
        try:
            allowed = run.input_digests(*analysis.inputs(run, params))
        except RunError:
            continue
        watched = Watched(run.run_id, run.store, run.record)
        with suppress(AnalysisError, RepresentationError):
            obtain(analysis, watched, params)
        assert watched.read <= set(allowed), analysis.key


def test_linear_algebra_that_fails_refuses_one_analysis_and_not_the_run(run):
    def failing(_run, _params):
        raise np.linalg.LinAlgError("Internal Error.")

    with pytest.raises(AnalysisError, match=r"linear algebra of these features failed \(Internal"):
        obtain(replace(SHAREDNESS, compute=failing), run, replace(PARAMS, seed=77))


def test_another_version_of_extraction_is_other_features(monkeypatch):
    from substrate import extraction
    from substrate.encoders.spec import Encoder, EncoderInfo, Preprocessing

    info = EncoderInfo("a", "A", "bundled", "vit", "supervised", "recipe")
    how = Preprocessing(32, (0.5,) * 3, (0.2,) * 3)
    encoder = Encoder(info=info, model=None, preprocessing=how, layers=(), weights_digest="w")
    before = extraction.features_key(encoder, "s")
    monkeypatch.setattr(extraction, "EXTRACTION", extraction.EXTRACTION + 1)
    assert extraction.features_key(encoder, "s") != before
