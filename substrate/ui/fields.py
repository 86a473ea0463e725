"""The kinds of value that an address can hold: how each is read, checked, and written."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from substrate.runs import Run

#: A value as an address writes it: the parameter, once for each text.
Texts = tuple[str, ...]
#: Digits that a whole number of an address may have.
DIGITS = 12


@dataclass(frozen=True)
class FieldScope:
    """What a field may depend on: the open run, and the values of the fields before it."""

    run: Run | None
    values: Mapping[str, Any]

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    @property
    def opened(self) -> Run:
        """Return the run, for fields of pages that show one."""
        if self.run is None:
            raise LookupError("a field of a run was asked for without one")
        return self.run


class Kind(Protocol):
    """How one kind of value is read from an address, checked, and written back."""

    def read(self, texts: Texts, scope: FieldScope) -> Any | None:
        """Return the value that these texts name, or None where they name none that exists."""

    def standard(self, scope: FieldScope) -> Any:
        """Return the default."""

    def write(self, value: Any) -> Texts:
        """Return the value as texts; `read` gives it back."""


@dataclass(frozen=True)
class OneOf:
    """One of the options; ``start`` says which is the default, else the first is.

    ``renamed`` maps what options were called in earlier addresses to what they are called now.
    """

    options: Callable[[FieldScope], Sequence[str]]
    start: Callable[[FieldScope], str] | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)

    def read(self, texts: Texts, scope: FieldScope) -> str | None:
        """Return the option of that name, or "" where there is nothing to choose."""
        options = self.options(scope) or ("",)
        asked = self.renamed.get(texts[-1], texts[-1]) if texts else None
        return asked if asked in options else None

    def standard(self, scope: FieldScope) -> str:
        """Return the default option, or "" where there is nothing to choose."""
        options = self.options(scope)
        wanted = self.start(scope) if self.start else ""
        return wanted if wanted in options else next(iter(options), "")

    def write(self, value: str) -> Texts:
        """Return the option's name."""
        return (value,)


@dataclass(frozen=True)
class Several:
    """Any of the options, in their order; ``start`` gives the default, else all are chosen."""

    options: Callable[[FieldScope], Sequence[str]]
    start: Callable[[FieldScope], Sequence[str]] | None = None

    def read(self, texts: Texts, scope: FieldScope) -> Texts | None:
        """Return the options that exist; an empty text is an empty choice."""
        options = tuple(option for option in self.options(scope) if option in texts)
        return options if options or texts == ("",) else None

    def standard(self, scope: FieldScope) -> Texts:
        """Return the default options."""
        options = self.options(scope)
        wanted = set(self.start(scope) if self.start else options)
        return tuple(option for option in options if option in wanted)

    def write(self, value: Sequence[str]) -> Texts:
        """Return the options' names, or an empty text for none."""
        return tuple(value) or ("",)


@dataclass(frozen=True)
class Whole:
    """A whole number between two bounds, both of them allowed."""

    low: int
    high: int
    start: Callable[[FieldScope], int]
    step: int = 1

    def read(self, texts: Texts, scope: FieldScope) -> int | None:
        """Return the number, if it lies between the bounds."""
        number = counted(texts[-1]) if texts else None
        return number if number is not None and self.low <= number <= self.high else None

    def standard(self, scope: FieldScope) -> int:
        """Return the default, inside the bounds."""
        return min(max(int(self.start(scope)), self.low), self.high)

    def write(self, value: int) -> Texts:
        """Return the number's digits."""
        return (str(int(value)),)


@dataclass(frozen=True)
class Switch:
    """On or off; off is the default."""

    def read(self, texts: Texts, scope: FieldScope) -> bool | None:
        """Return whether it is on."""
        return {"true": True, "false": False}.get(texts[-1].lower()) if texts else None

    def standard(self, scope: FieldScope) -> bool:
        """Return the default: off."""
        return False

    def write(self, value: bool) -> Texts:
        """Return "true" or "false"."""
        return ("true" if value else "false",)


@dataclass(frozen=True)
class TwoOf:
    """Two options, one of each list, or () for none; it is written as two texts.

    The earlier form "first|second" is read as well.
    """

    first: Callable[[FieldScope], Sequence[str]]
    second: Callable[[FieldScope], Sequence[str]]

    def read(self, texts: Texts, scope: FieldScope) -> Texts | None:
        """Return the pair, if both of its options exist."""
        if texts == ("",):
            return ()
        firsts, seconds = self.first(scope), self.second(scope)
        for a, b in [texts] if len(texts) == 2 else _splits(texts):
            if a in firsts and b in seconds:
                return a, b
        return None

    def standard(self, scope: FieldScope) -> Texts:
        """Return the default: none."""
        return ()

    def write(self, value: Sequence[str]) -> Texts:
        """Return both names, or an empty text for none."""
        return tuple(value) or ("",)


@dataclass(frozen=True)
class Text:
    """A text that ``accepts`` takes; what it names may be missing, and the page says so."""

    accepts: Callable[[str], bool]
    start: Callable[[FieldScope], str] | None = None

    def read(self, texts: Texts, scope: FieldScope) -> str | None:
        """Return the text, if it has the right form."""
        return texts[-1] if texts and (not texts[-1] or self.accepts(texts[-1])) else None

    def standard(self, scope: FieldScope) -> str:
        """Return the default."""
        return self.start(scope) if self.start else ""

    def write(self, value: str) -> Texts:
        """Return the text."""
        return (value,)


@dataclass(frozen=True)
class Field:
    """One value of the selection: its name in session and address, its label, and its kind.

    A field that pages share lists them in ``pages``; the name of a page's own field starts with
    the page and a dot. ``old`` are names under which earlier addresses held it. ``shown`` writes
    an option for the reader (a title); addresses hold the option itself.
    """

    name: str
    label: str
    kind: Kind
    pages: tuple[str, ...] = ()
    old: tuple[str, ...] = ()
    help: str = ""
    shown: Callable[[FieldScope, str], str] = lambda _scope, text: text

    def texts(self, address: Mapping[str, Texts]) -> Texts | None:
        """Return what an address says of this field, under its name or an earlier one."""
        return next((address[name] for name in (self.name, *self.old) if name in address), None)


def own(
    page: str,
    name: str,
    label: str,
    kind: Kind,
    *old: str,
    help: str = "",
    shown: Callable[[FieldScope, str], str] = lambda _scope, text: text,
) -> Field:
    """Declare a field of one page; addresses that do not yet name the page are read as well."""
    return Field(f"{page}.{name}", label, kind, (page,), (name, *old), help, shown)


def encoder_title(scope: FieldScope, name: str) -> str:
    """Return an encoder's title, with its name where two have one title; others as they are."""
    return titled({key: one.title for key, one in scope.opened.encoders.items()}, name)


def domain_title(scope: FieldScope, name: str) -> str:
    """Return a domain's title, also behind "without"; anything else as it is."""
    titles = {key: one.title for key, one in scope.opened.domains.items()}
    start = "without " if name.startswith("without ") else ""
    return start + titled(titles, name.removeprefix(start))


def titled(titles: Mapping[str, str], name: str) -> str:
    """Return a title by its name, with the name behind it where two have one title."""
    title = titles.get(name, name)
    twice = sum(other == title for other in titles.values()) > 1
    return f"{title} ({name})" if twice else title


def fixed(*options: str) -> Callable[[FieldScope], Sequence[str]]:
    """Return options that depend on nothing."""
    return lambda _scope: options


def counted(text: str) -> int | None:
    """Return a whole number of at most twelve ASCII digits, or None for anything else."""
    right = text.isascii() and text.isdecimal() and len(text) <= DIGITS
    return int(text) if right else None


def _splits(texts: Texts) -> list[tuple[str, str]]:
    text = texts[-1] if texts else ""
    return [(text[:i], text[i + 1 :]) for i, mark in enumerate(text) if mark == "|"]
