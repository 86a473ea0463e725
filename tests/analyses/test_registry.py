"""Every analysis is declared in one way: keyed by its module, versioned, registered once."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections import Counter
from dataclasses import fields, is_dataclass
from types import ModuleType

import pytest

from substrate import analyses
from substrate.analyses.registry import ANALYSES
from substrate.analyses.spec import Analysis

PACKAGE = "substrate.analyses."


def modules() -> list[ModuleType]:
    infos = pkgutil.walk_packages(analyses.__path__, PACKAGE)
    return [importlib.import_module(info.name) for info in infos if not info.ispkg]


def declared() -> list[tuple[str, str, Analysis]]:
    """Return module, name and analysis of each that a module declares itself."""
    found = []
    for module in modules():
        found += [
            (module.__name__.removeprefix(PACKAGE), name, value)
            for name, value in vars(module).items()
            if isinstance(value, Analysis) and _declares(module, name)
        ]
    return found


def _declares(module: ModuleType, name: str) -> bool:
    return f"\n{name} = Analysis(\n" in inspect.getsource(module)


DECLARED = declared()


def test_every_declared_analysis_is_registered_under_its_own_key_once():
    keys = Counter(analysis.key for _, _, analysis in DECLARED)
    assert set(keys.values()) == {1}
    assert {a.key: a for _, _, a in DECLARED} == ANALYSES


@pytest.mark.parametrize(("module", "name", "analysis"), DECLARED, ids=[d[2].key for d in DECLARED])
def test_a_key_is_the_module_and_a_word_where_there_are_several(module, name, analysis):
    assert name.isupper()
    assert analysis.question == module.partition(".")[0]
    among = [a.key for m, _, a in DECLARED if m == module]
    assert analysis.key == module or analysis.key.startswith(f"{module}_")
    assert module in among


@pytest.mark.parametrize("analysis", ANALYSES.values(), ids=ANALYSES)
def test_versions_are_whole_numbers_and_parameters_can_be_a_key(analysis):
    assert type(analysis.version) is int and analysis.version >= 1
    for kind in (analysis.params, analysis.result):
        assert is_dataclass(kind) and kind.__dataclass_params__.frozen, kind
    assert analysis.params.__dataclass_params__.eq, "parameters are compared by value"
    assert (analysis.params.__doc__ or "").strip() and (analysis.result.__doc__ or "").strip()
    assert not any(f.default_factory is list for f in fields(analysis.params))


@pytest.mark.parametrize("analysis", ANALYSES.values(), ids=ANALYSES)
def test_a_result_that_holds_arrays_is_not_compared_by_them(analysis):
    arrays = [f.name for f in fields(analysis.result) if "ndarray" in str(f.type)]
    assert not arrays or not analysis.result.__dataclass_params__.eq


@pytest.mark.parametrize("analysis", ANALYSES.values(), ids=ANALYSES)
def test_what_an_analysis_uses_is_registered_and_never_itself(analysis):
    reached, left = set(), list(analysis.uses)
    while left:
        used = left.pop()
        assert ANALYSES[used.key] is used
        reached.add(used.key)
        left += used.uses
    assert analysis.key not in reached


def test_a_title_is_the_key_as_it_is_read():
    assert ANALYSES["detector.accuracy_sweep"].title == "detector: accuracy sweep"
    assert all(a.title.startswith(f"{a.question}: ") for a in ANALYSES.values())
