"""Views that someone pinned, with a note each: one small file in the store, in a talk's order."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from substrate.store import Store, digest, write_text

FORM = 1
#: Most pins, and most characters of what a pin holds: the file stays small whatever asks for more.
MOST, NOTE, TITLE, ADDRESS = 200, 600, 200, 20_000
_LOCK = digest("notebook")


class NotebookError(Exception):
    """The pins cannot be read or written; the message says why and what to do."""


@dataclass(frozen=True)
class Pin:
    """One view: a page's address as the browser writes it, and which figure of the page.

    ``key`` names the pin in the file, ``figure`` is the figure's key on its page, ``title`` what
    stands above it.
    """

    key: str
    page: str
    address: str
    figure: str
    title: str
    note: str = ""


def path(store: Store) -> Path:
    """Return where the pins are kept."""
    return store.root / "notebook.json"


def pins(store: Store) -> tuple[Pin, ...]:
    """Return the pins in their order; none where nothing was pinned.

    Raises
    ------
    NotebookError
        Where the file is damaged.
    """
    file = path(store)
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(file, "it cannot be read") from error
    try:
        content = json.loads(text)
        if content["form"] != FORM:
            raise _damaged(file, f"its form is not {FORM}")
        kept = tuple(Pin(**one) for one in content["pins"])
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _damaged(file, "it is not what this program writes") from error
    if not all(_sound(pin) for pin in kept) or len(kept) > MOST:
        raise _damaged(file, "it is not what this program writes")
    return kept


def add(store: Store, *, page: str, address: str, figure: str, title: str, note: str = "") -> Pin:
    """Pin a view behind all others and return the pin; a note that is too long is cut."""
    pin = Pin(secrets.token_hex(8), page, address, figure, title[:TITLE], note[:NOTE])
    if not _sound(pin):
        raise NotebookError("This view cannot be pinned: its address is too long.")

    def behind(kept: tuple[Pin, ...]) -> tuple[Pin, ...]:
        if len(kept) >= MOST:
            raise NotebookError(f"There are {MOST} pins already; delete one first.")
        return (*kept, pin)

    _change(store, behind)
    return pin


def annotate(store: Store, key: str, note: str) -> None:
    """Give a pin another note."""
    _change(store, lambda kept: tuple(_noted(p, note) if p.key == key else p for p in kept))


def remove(store: Store, key: str) -> None:
    """Take a pin away."""
    _change(store, lambda kept: tuple(pin for pin in kept if pin.key != key))


def move(store: Store, key: str, by: int) -> None:
    """Move a pin by so many places, towards the end where ``by`` is positive."""

    def moved(kept: tuple[Pin, ...]) -> tuple[Pin, ...]:
        keys = [pin.key for pin in kept]
        if key not in keys:
            return kept
        rest = [pin for pin in kept if pin.key != key]
        rest.insert(min(max(keys.index(key) + by, 0), len(rest)), kept[keys.index(key)])
        return tuple(rest)

    _change(store, moved)


def _noted(pin: Pin, note: str) -> Pin:
    return replace(pin, note=note[:NOTE])


def _sound(pin: Pin) -> bool:
    texts = tuple(asdict(pin).values())
    longest = (32, 40, ADDRESS, 200, TITLE, NOTE)
    return all(
        isinstance(text, str) and len(text) <= most
        for text, most in zip(texts, longest, strict=True)
    )


def _change(store: Store, change: Callable[[tuple[Pin, ...]], tuple[Pin, ...]]) -> None:
    """Read, change and replace the file while nobody else does."""
    with store.computing(_LOCK):
        kept = change(pins(store))
        content = {"form": FORM, "pins": [asdict(pin) for pin in kept]}
        try:
            write_text(path(store), json.dumps(content, ensure_ascii=False, indent=1))
        except OSError as error:
            raise NotebookError(f"The pins cannot be written: {error.strerror}.") from error


def _damaged(file: Path, why: str) -> NotebookError:
    return NotebookError(
        f"The pins in {file} cannot be used: {why}. Move the file away to begin anew."
    )
