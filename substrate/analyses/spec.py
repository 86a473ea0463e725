"""An analysis: parameters, a pure computation on a run, a result stored under its key."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import asdict, dataclass, fields, is_dataclass
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np
from jaxtyping import AbstractArray, jaxtyped

from substrate import __version__
from substrate.encoder_ref import Encoder
from substrate.numerics.parallel import one_blas_thread
from substrate.runs import Run
from substrate.store import CorruptEntryError, Entry, Store, digest


class AnalysisError(ValueError):
    """A question that cannot be answered with these parameters; the message says why."""


#: The encoders (and twins, and steps of training) and the domains that an analysis reads.
Inputs = tuple[tuple[Encoder, ...], tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Analysis:
    """One computation: key, version, its frozen dataclasses of parameters and result.

    ``key`` is the question and the module that declares it, ``directions.basis``; where a module
    declares several, the others add a word, ``detector.accuracy_sweep``.
    ``inputs(run, params)`` returns the (encoders, domains) that it reads, untrained twins and steps
    of training as `EncoderRef`. ``compute(run, params)`` is pure given those. Raise ``version``
    when the definition of the result changes: stored results of another version are never shown.
    ``uses`` names the analyses whose results ``compute`` obtains: it may obtain no others, and
    these may read nothing that ``inputs`` leaves out, so that the key covers whatever the result is
    made of.
    """

    key: str
    version: int
    params: type
    result: type
    inputs: Callable[[Run, Any], Inputs]
    compute: Callable[[Run, Any], Any]
    uses: tuple[Analysis, ...] = ()

    @property
    def question(self) -> str:
        """Return the package of analyses that it belongs to."""
        return self.key.partition(".")[0]

    @property
    def title(self) -> str:
        """Return the key as it is read on screen: ``detector: accuracy sweep``."""
        return self.key.replace(".", ": ").replace("_", " ")


#: Given an analysis, a run and parameters: the result, computed or only looked for.
Ask = Callable[[Analysis, Run, Any], Any]


class NotYetError(AnalysisError):
    """A result that has not been computed, where nothing may be computed."""


class UndeclaredUseError(RuntimeError):
    """A computation made of results that its key does not cover: a mistake in this program."""


@dataclass(frozen=True)
class _Computation:
    """The analysis that is being computed, and the digests of all it may read."""

    analysis: Analysis
    inputs: Mapping[str, str]


_COMPUTING: ContextVar[_Computation] = ContextVar("computing")


def used_versions(analysis: Analysis) -> dict[str, int]:
    """Return the version of every analysis that a result is made of, however deeply nested."""
    versions: dict[str, int] = {}
    for used in analysis.uses:
        versions |= {used.key: used.version} | used_versions(used)
    return versions


def result_key(analysis: Analysis, run: Run, params: Any) -> str:
    """Return the store key of a result: the digest of everything that can change it.

    That is its analysis and version, its parameters, the sample tables, features and records that
    it reads (`Run.input_digests`), and the versions of the results it is made of.
    """
    return digest(
        {
            "analysis": analysis.key,
            "version": analysis.version,
            "uses": used_versions(analysis),
            "parameters": asdict(params),
            "inputs": list(_input_digests(analysis, run, params).items()),
        }
    )


def _input_digests(analysis: Analysis, run: Run, params: Any) -> dict[str, str]:
    return run.input_digests(*analysis.inputs(run, params))


def stored(analysis: Analysis, run: Run, params: Any) -> Any | None:
    """Return the stored result, or None where it has to be computed.

    A damaged result is one that has to be computed, and so is one of another shape than this
    version's.
    """
    key = result_key(analysis, run, params)
    try:
        entry = run.store.get(key)
        return None if entry is None else load_result(entry, analysis.result)
    except CorruptEntryError:
        run.store.remove_damaged(key)
    except (KeyError, TypeError, ValueError, AttributeError):
        run.store.remove(key)
    return None


def at_hand(analysis: Analysis, run: Run, params: Any) -> Any:
    """Return the stored result, computing nothing.

    Raises
    ------
    NotYetError
        If it has not been computed.
    """
    result = stored(analysis, run, params)
    if result is None:
        raise NotYetError(f"{analysis.title} has not been computed yet.")
    return result


def obtain(
    analysis: Analysis, run: Run, params: Any, *, waiting: Callable[[], None] = lambda: None
) -> Any:
    """Return the stored result, computing and storing it first where needed.

    One process and thread computes it at a time; the others wait for its result and call
    ``waiting`` meanwhile (see `Store.computing`).

    Raises
    ------
    UndeclaredUseError
        If it is asked for inside of the computation of an analysis that does not declare it in
        ``uses``, or that does not read all of its inputs.
    """
    inputs = _input_digests(analysis, run, params)
    _require_declared(analysis, inputs)
    result = stored(analysis, run, params)
    if result is not None:
        return result
    key = result_key(analysis, run, params)
    with run.store.computing(key, waiting=waiting):
        result = stored(analysis, run, params)
        return _computed(analysis, run, params, inputs) if result is None else result


def _computed(analysis: Analysis, run: Run, params: Any, inputs: Mapping[str, str]) -> Any:
    """Compute a result from these inputs and store it."""
    token = _COMPUTING.set(_Computation(analysis, inputs))
    try:
        with one_blas_thread():  # small matrices: threads would only wait
            result = analysis.compute(run, params)
    except np.linalg.LinAlgError as error:
        raise AnalysisError(
            f"The linear algebra of these features failed ({str(error).rstrip('.')}): report the "
            "study and its versions, so that it can be mended."
        ) from error
    finally:
        _COMPUTING.reset(token)
    save_result(run.store, analysis, result, key=result_key(analysis, run, params), params=params)
    return result


def _require_declared(analysis: Analysis, inputs: Mapping[str, str]) -> None:
    outer = _COMPUTING.get(None)
    if outer is None:
        return
    if analysis.key not in {used.key for used in outer.analysis.uses}:
        raise UndeclaredUseError(
            f"{outer.analysis.key} obtains {analysis.key}; declare it in uses=(...)."
        )
    if lost := sorted(set(inputs.items()) - set(outer.inputs.items())):
        raise UndeclaredUseError(
            f"{outer.analysis.key} obtains {analysis.key}, which reads the {lost[0][0]}; "
            "its own inputs leave that out."
        )


def save_result(store: Store, analysis: Analysis, result: Any, *, key: str, params: Any) -> Entry:
    """Write a result under its key, with what is needed to trace it."""
    arrays: dict[str, np.ndarray] = {}
    body = _encode(result, "", arrays)
    meta = {
        "kind": "analysis",
        "analysis": analysis.key,
        "version": analysis.version,
        "parameters": asdict(params),
        "substrate": __version__,
        "numpy": np.__version__,
        "body": body,
    }
    return store.put(key, arrays=arrays, meta=meta)


def load_result(entry: Entry, kind: type) -> Any:
    """Rebuild a result from its entry; what is none of this kind raises TypeError."""
    result = _decode(kind, entry.manifest["meta"]["body"], entry)
    if not isinstance(result, kind):
        raise TypeError(f"it holds no {kind.__name__}")
    return result


def _encode(value: Any, path: str, arrays: dict[str, np.ndarray]) -> Any:
    if isinstance(value, np.ndarray):
        if value.dtype.kind in "US":
            return {"$strings": value.tolist()}
        arrays[path] = value
        return {"$array": path}
    if is_dataclass(value) and not isinstance(value, type):
        return {
            f.name: _encode(getattr(value, f.name), f"{path}.{f.name}".lstrip("."), arrays)
            for f in fields(value)
        }
    if isinstance(value, dict):
        return {str(k): _encode(v, f"{path}.{k}".lstrip("."), arrays) for k, v in value.items()}
    if isinstance(value, tuple | list):
        return [_encode(v, f"{path}.{i}", arrays) for i, v in enumerate(value)]
    if isinstance(value, np.generic):
        return value.item()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{path} is a {type(value).__name__}, which a result may not hold.")


def _decode(kind: Any, value: Any, entry: Entry) -> Any:
    if value is None:
        return None
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        kind = next(option for option in get_args(kind) if option is not type(None))
        return _decode(kind, value, entry)
    if isinstance(value, dict) and "$array" in value:
        return _of_kind(kind, entry.array(value["$array"]))
    if isinstance(value, dict) and "$strings" in value:
        return np.array(value["$strings"], dtype=str)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        with jaxtyped("context"):  # an axis of one name has one length in all of the fields
            values = {f.name: _decode(hints[f.name], value[f.name], entry) for f in fields(kind)}
        return kind(**values)
    if origin is tuple:
        inner = get_args(kind)
        kinds = [inner[0]] * len(value) if inner[-1] is Ellipsis else inner
        return tuple(_alone(k, v, entry) for k, v in zip(kinds, value, strict=True))
    if origin is dict:
        return {k: _alone(get_args(kind)[1], v, entry) for k, v in value.items()}
    return float(value) if kind is float else _of_kind(kind, value)


def _alone(kind: Any, value: Any, entry: Entry) -> Any:
    """Rebuild one item of several, whose axes may have lengths of their own."""
    with jaxtyped("context"):
        return _decode(kind, value, entry)


def _of_kind(kind: Any, value: Any) -> Any:
    """Return an array or a text that has the kind and the shape that its field declares.

    An array without values stands for a part that there is not, whatever its shape.
    """
    declared = isinstance(kind, type) and (kind is str or issubclass(kind, AbstractArray))
    if declared and not isinstance(value, kind) and np.size(value):
        raise TypeError(f"a field declared as {kind} holds something else")
    return value


def parameters_from(analysis: Analysis, data: dict[str, Any]) -> Any:
    """Rebuild an analysis's parameters from plain data, those inside of them as well."""
    return _parameters(analysis.params, data)


def _parameters(kind: Any, value: Any) -> Any:
    """Rebuild a value of this kind: lists become tuples, mappings their dataclasses."""
    if isinstance(kind, type) and is_dataclass(kind) and isinstance(value, Mapping):
        hints = get_type_hints(kind)
        return kind(**{name: _parameters(hints[name], item) for name, item in value.items()})
    return tuple(value) if get_origin(kind) is tuple else value
