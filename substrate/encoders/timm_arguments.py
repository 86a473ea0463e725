"""Which arguments of a timm architecture a study may set: those that shape it, and no others."""

from __future__ import annotations

import difflib
import inspect
import math
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

from substrate.encoders.spec import EncoderError

#: Parts of a network at most; timm's own have up to 2,300 (ghostnetv3).
MOST_MODULES = 4_000
#: Largest whole number, and most values, that one argument may hold.
MOST_UNITS, MOST_VALUES, LONGEST_WORD = 2**16, 256, 64

#: Parameters of model classes that are no part of a shape: objects, places and kinds of memory.
_OBJECTS = ("self", "args", "kwargs", "cfg", "device", "dtype")
_PLACES = {
    "cache",
    "checkpoint",
    "dir",
    "download",
    "file",
    "filename",
    "hub",
    "load",
    "path",
    "pretrained",
    "repo",
    "state",
    "url",
    "weights",
}
_DROP_PATH = "drop_path"  # a rate of stochastic depth, no place


def check_arguments(architecture: str, kwargs: Mapping[str, Any]) -> None:
    """Refuse every argument that does not shape the architecture, by name.

    Allowed are the parameters of the model class and its bases, read from their signatures,
    without those that load, fetch or name a place; their values are plain numbers, short words and
    lists of them. The network is built without memory first, so that one too large for the machine
    is refused before it is built.

    Raises
    ------
    EncoderError
        If an argument is unknown, forbidden, no plain value, or makes no network.
    """
    allowed = shape_arguments(architecture) if kwargs else ()
    for name, value in kwargs.items():
        if name not in allowed:
            near = difflib.get_close_matches(str(name), allowed, n=3, cutoff=0.6)
            hint = f" Near names: {', '.join(near)}." if near else ""
            raise EncoderError(
                f"{architecture}: kwargs names {str(name)[:80]!r}, which does not shape the "
                f"architecture and is refused.{hint}"
            )
        if problem := _problem(value):
            raise EncoderError(f"{architecture}: the argument {name!r} {problem}.")
    with bounded(architecture):
        _without_memory(architecture, kwargs)


@lru_cache(maxsize=64)
def shape_arguments(architecture: str) -> tuple[str, ...]:
    """Return the names of the arguments that shape an architecture, from its class's signature."""
    model = _without_memory(architecture, {})
    names: dict[str, None] = {}
    for kind in type(model).__mro__:
        if "__init__" in vars(kind) and kind.__module__.startswith("timm."):
            names |= dict.fromkeys(inspect.signature(vars(kind)["__init__"]).parameters)
    return tuple(name for name in names if _shapes(name))


def _shapes(name: str) -> bool:
    """Tell whether a parameter of a model class is about its shape."""
    parts = set(name.replace(_DROP_PATH, "").split("_"))
    return name not in _OBJECTS and not parts & _PLACES


def _problem(value: Any) -> str:
    """Say what is wrong with an argument's value, or nothing."""
    values = list(_leaves(value, depth=0))
    if len(values) > MOST_VALUES or None in (plain := [_plain(item) for item in values]):
        return f"holds {type(value).__name__}; give numbers, short words or short lists of them"
    return next(filter(None, plain), "")


def _leaves(value: Any, depth: int) -> Iterator[Any]:
    if isinstance(value, list | tuple) and depth < 4:
        for item in value[: MOST_VALUES + 1]:
            yield from _leaves(item, depth + 1)
    else:
        yield value


def _plain(value: Any) -> str | None:
    """Return "" for a plain value, a problem in words, or None for another kind of object."""
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, int):
        return "" if abs(value) <= MOST_UNITS else f"is above {MOST_UNITS:,}"
    if isinstance(value, float):
        return "" if math.isfinite(value) else f"is {value}, no finite number"
    if isinstance(value, str):
        return "" if len(value) <= LONGEST_WORD else f"is a word of {len(value)} characters"
    return None


def _without_memory(architecture: str, kwargs: Mapping[str, Any]) -> Any:
    """Build an architecture on torch's meta device, which holds shapes and no numbers."""
    import torch

    with torch.device("meta"):
        return build(architecture, kwargs)


def build(architecture: str, kwargs: Mapping[str, Any]) -> Any:
    """Build an untrained timm model, or say in one sentence why it cannot be built."""
    check_name(architecture)
    try:
        return load_timm().create_model(architecture, pretrained=False, **kwargs)
    except EncoderError:
        raise
    except (
        TypeError,
        ValueError,
        AssertionError,
        LookupError,
        AttributeError,
        ArithmeticError,
        RuntimeError,
        MemoryError,
        ImportError,
    ) as error:
        reason = (str(error).strip() or type(error).__name__).splitlines()[0][:200]
        asked = f" with {dict(kwargs)}"[:200] if kwargs else ""
        raise EncoderError(
            f"{architecture} cannot be built{asked}: {reason.rstrip('.')}."
        ) from error


def load_timm() -> Any:
    """Import timm, which takes seconds and needs the guard before it."""
    import substrate.encoders.torchvision_guard  # noqa: F401

    # isort: split
    import timm

    return timm


def check_name(architecture: str) -> None:
    """Refuse a name that is none of timm's own, the ones that fetch or open a folder included."""
    timm = load_timm()
    base = architecture.split(".")[0]
    if not base.replace("_", "").isalnum() or not timm.is_model(base):
        near = difflib.get_close_matches(architecture, timm.list_models(), n=3, cutoff=0.3)
        raise EncoderError(
            f"timm has no architecture {architecture[:80]!r}. Near names: {', '.join(near)}."
        )


@contextmanager
def bounded(architecture: str) -> Iterator[None]:
    """Stop the building of a network, in this thread, once it is larger than any that is used."""
    import psutil
    from torch.nn.modules import module as registration

    here, weights, modules = threading.get_ident(), 0, 0
    free = psutil.virtual_memory().available

    def count_values(_module: Any, _name: str, tensor: Any) -> None:
        nonlocal weights
        if tensor is not None and threading.get_ident() == here:
            weights += tensor.numel()
            if 4 * weights > free:
                raise EncoderError(
                    f"{architecture} needs more than the {free / 1e9:.1f} GB of memory that are "
                    "free; take a smaller one, or other kwargs."
                )

    def count_modules(_module: Any, _name: str, _child: Any) -> None:
        nonlocal modules
        if threading.get_ident() == here:
            modules += 1
            if modules > MOST_MODULES:
                raise EncoderError(
                    f"{architecture} with these kwargs has more than {MOST_MODULES:,} parts; give "
                    "smaller ones."
                )

    handles = [
        registration.register_module_parameter_registration_hook(count_values),
        registration.register_module_buffer_registration_hook(count_values),
        registration.register_module_module_registration_hook(count_modules),
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()
