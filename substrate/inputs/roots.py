"""The folders inside which a study's images and weights may lie, named by the operator."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from substrate.inputs.untrusted import printable

VARIABLE = "SUBSTRATE_ROOTS"


class RootError(ValueError):
    """A path that lies outside the named folders, or that is none; the message says which."""


def named() -> tuple[Path, ...]:
    """Return the folders that the environment names, resolved; () where it names none."""
    parts = [part for part in os.environ.get(VARIABLE, "").split(os.pathsep) if part.strip()]
    return tuple(resolved(Path(part).expanduser()) for part in parts)


def roots() -> tuple[Path, ...]:
    """Return the folders that may be read: those named, else where the program was started."""
    return named() or (Path.cwd().resolve(),)


def as_text() -> str:
    """Return the folders that may be read as the environment names them."""
    return os.pathsep.join(map(str, roots()))


class NoAccountError(RootError):
    """A path of an account that the machine does not have."""


def name_roots(folders: Iterable[Path]) -> None:
    """Name the folders for this process and those that it starts.

    Raises
    ------
    RootError
        If one of them is no folder, or has the separator of lists of paths in its name.
    """
    roots = [resolved(folder.expanduser()) for folder in folders]
    for folder in roots:
        if not folder.is_dir():
            raise RootError(f"The root {printable(folder)} is no folder; name one that exists.")
        if os.pathsep in str(folder):
            raise RootError(f"The root {printable(folder)} may not contain {os.pathsep!r}.")
    os.environ[VARIABLE] = os.pathsep.join(map(str, roots))


def resolved(path: Path) -> Path:
    """Return a path with all symbolic links resolved, or say why it is none."""
    path = _at_home(path)
    try:
        real = path.resolve()
        with suppress(FileNotFoundError, NotADirectoryError, PermissionError):
            real.lstat()  # a name too long for the file system is none
        return real
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise RootError(
            f"{printable(path)[:200]} is no path: {printable(reason)[:200]}."
        ) from error


def _at_home(path: Path) -> Path:
    """Return a path with `~` and `~account` written out."""
    try:
        return path.expanduser()
    except (RuntimeError, ValueError) as error:  # none, or no name that an account could have
        raise NoAccountError(f"{printable(path)[:200]} is no path: no such account.") from error


def of_another(path: str) -> bool:
    """Tell whether a path begins at the home of a named account (`~name`)."""
    return path.startswith("~") and not path.startswith("~/") and path != "~"


def lies_inside(path: Path, folders: Iterable[Path]) -> bool:
    """Tell whether a path, its links resolved, is one of the folders or lies in one.

    The home of an account that does not exist lies outside, as that of one that does: which
    accounts there are is not told.
    """
    try:
        real = resolved(path)
    except NoAccountError:
        return False
    return any(real.is_relative_to(folder) for folder in folders)


def own_path(typed: str, what: str) -> str:
    """Return the path that a viewer typed for a file or folder of their own, resolved.

    Whether anything lies outside the roots is not told.

    Raises
    ------
    RootError
        If it lies outside the roots, or there is nothing.
    """
    asked = Path(typed.strip() or "(empty)")
    _require(asked, what, roots())  # says the path as typed: where a link leads is not told
    path = resolved(asked)
    if not path.exists():
        raise RootError(f"There is no {what} {printable(asked)[:200]}.")
    return str(path)


def require_inside(study: BaseModel) -> None:
    """Refuse a study that names a path outside the roots, wherever in it the path stands.

    Called where a study is resolved: before any of its files is opened.

    Raises
    ------
    RootError
        Naming the field, the path and the folders that are read.
    """
    folders = roots()
    for where, path in _paths(study, ()):
        _require(path, where, folders)


def _require(path: Path, where: str, folders: tuple[Path, ...]) -> None:
    if not lies_inside(path, folders):
        allowed = ", ".join(printable(folder) for folder in folders)
        raise RootError(
            f"{where}: {printable(path)[:200]} lies outside the folders that are read ({allowed}). "
            f"Name its folder with --root or {VARIABLE}, or move it there."
        )


def _paths(value: Any, where: tuple[str, ...]) -> Iterator[tuple[str, Path]]:
    """Yield every path in a study with the place where it stands."""
    if isinstance(value, Path):
        yield ".".join(where), value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _paths(getattr(value, name), (*where, name))
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _paths(item, (*where, str(index)))
