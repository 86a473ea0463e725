"""Text, YAML and JSON that came from outside, as plain data of bounded size and depth."""

from __future__ import annotations

import json
import math
import stat
from collections.abc import Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

#: A file larger than this is no study; PyYAML reads about a tenth of it in a second.
MOST_BYTES = 2**18
DEEPEST, MOST_VALUES = 16, 20_000
LONGEST_TEXT, LARGEST_NUMBER = 4096, 2**53
#: Characters that mean something in addresses, Markdown, HTML or the templates of figures.
NOT_IN_NAMES = frozenset("/\\~@<>[]{}`*|$")
LONGEST_NAME = 100


class UntrustedError(ValueError):
    """Data that is not taken; the message says where, what arrived and what is expected."""


def read_text(path: Path, *, most: int = MOST_BYTES) -> str:
    """Return the text of a regular UTF-8 file of at most ``most`` bytes.

    A pipe or a device is refused, since reading it might never end.
    """
    try:
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise UntrustedError(f"{_short(path)} is a directory; give a file.")
        if not stat.S_ISREG(status.st_mode):
            raise UntrustedError(f"{_short(path)} is no regular file; give a file.")
        if status.st_size > most:
            raise UntrustedError(
                f"{_short(path)} has {status.st_size:,} bytes; at most {most:,} are read."
            )
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UntrustedError(f"Cannot read {_short(path)}: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UntrustedError(f"{_short(path)} is not a UTF-8 text file.") from error
    except UntrustedError:
        raise
    except ValueError as error:  # a null byte in the path
        raise UntrustedError(f"{_short(path)} is no path: {error}.") from error


def read_yaml(path: Path) -> Any:
    """Return the plain data of a YAML file: no alias, no repeated key, no object of Python.

    Raises
    ------
    UntrustedError
        Naming the file, and the line where it can be told.
    """
    text = read_text(path)
    try:
        data = yaml.load(text, Loader=_Plain)  # a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f" at line {mark.line + 1}" if mark else ""
        reason = " ".join(str(error.problem or error.context or "").split())[:120]
        raise UntrustedError(f"{_short(path)} is not valid YAML{where}: {reason}.") from error
    except (yaml.YAMLError, ValueError, RecursionError, OverflowError) as error:
        reason = " ".join(str(error).split())[:120]
        raise UntrustedError(f"{_short(path)} is not valid YAML: {reason}.") from error
    try:
        return plain(data)
    except UntrustedError as error:
        raise UntrustedError(f"{_short(path)}: {error}") from error


def read_json(text: str) -> Any:
    """Return the plain data of a JSON text."""
    if len(text) > MOST_BYTES:
        raise UntrustedError(f"The text has {len(text):,} characters; {MOST_BYTES:,} are read.")
    try:
        return plain(json.loads(text))
    except UntrustedError:
        raise
    except (ValueError, RecursionError) as error:
        raise UntrustedError(f"The text is not valid JSON: {str(error)[:120]}.") from error


def plain(data: Any) -> Any:
    """Return ``data`` if it is plain: nested lists and mappings of words, numbers and truths.

    Refused, with the place named: other objects, keys that are no words, numbers that are not
    finite or above 2^53, long texts, control characters, and too deep or too many values.
    """
    for count, (where, value) in enumerate(_walk(data, (), 0)):
        if count > MOST_VALUES:
            raise UntrustedError(f"It holds more than {MOST_VALUES:,} values.")
        if problem := _problem(value):
            place = ".".join(where) or "It"
            raise UntrustedError(f"{printable(place)} {problem}.")
    return data


def _walk(value: Any, where: tuple[str, ...], depth: int) -> Iterator[tuple[tuple[str, ...], Any]]:
    if depth > DEEPEST:
        raise UntrustedError(
            f"{printable('.'.join(where))[:80]} is nested more than {DEEPEST} deep."
        )
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                place = ".".join(where) or "It"
                raise UntrustedError(f"{printable(place)} has the key {key!r}, which is no word.")
            yield (*where, key), key
            yield from _walk(item, (*where, key), depth + 1)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _walk(item, (*where, str(index)), depth + 1)
    else:
        yield where, value


def _problem(value: Any) -> str:
    """Say what is wrong with one value, or nothing."""
    if value is None or isinstance(value, bool | Path):
        return ""
    if isinstance(value, int):
        return "" if abs(value) <= LARGEST_NUMBER else "is a number above 2^53"
    if isinstance(value, float):
        return "" if math.isfinite(value) else f"is {value}, no finite number"
    if not isinstance(value, str):
        return f"is a {type(value).__name__}, no word or number; put it in quotes"
    if len(value) > LONGEST_TEXT:
        return f"is a text of {len(value):,} characters; at most {LONGEST_TEXT:,} are read"
    odd = next((c for c in value if not c.isprintable() and c not in "\u00a0\u3000"), "")
    return f"holds the character {odd!r}, which cannot be shown" if odd else ""


def printable(text: object) -> str:
    """Return a text in which nothing can steer a terminal or end a line."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in str(text))


def _short(path: Path) -> str:
    """Return a path as it is said in a sentence: its end tells more than its beginning."""
    text = printable(path)
    return text if len(text) <= 200 else f"…{text[-199:]}"


def name_problem(name: str) -> str:
    """Say why a name cannot be used on pages, in addresses and in files, or nothing."""
    if len(name) > LONGEST_NAME:
        return f"has {len(name)} characters; at most {LONGEST_NAME} fit"
    if not name.strip():
        return "is empty"
    if not name.strip("."):  # a name may become a part of a path
        return "is made of dots alone"
    odd = next((c for c in name if c in NOT_IN_NAMES or not c.isprintable()), "")
    return f"may not contain {odd!r}" if odd else ""


def safe_name(text: str, fallback: str) -> str:
    """Return a name made from a file's or folder's: what names may not contain becomes "_"."""
    name = "".join(c if c.isprintable() and c not in NOT_IN_NAMES else "_" for c in text)
    name = name.strip()[:LONGEST_NAME]
    return name if name.strip(".") else fallback


class _Plain(yaml.SafeLoader):
    """A safe loader that also refuses aliases, repeated keys and deep nesting."""

    depth = 0
    values = 0

    def compose_node(self, parent: Any, index: Any) -> Any:
        """Compose one node, counting."""
        if self.check_event(yaml.AliasEvent):
            event = self.peek_event()
            raise yaml.composer.ComposerError(
                None, None, f"*{event.anchor} is an alias; write its value out", event.start_mark
            )
        self.depth, self.values = self.depth + 1, self.values + 1
        if self.depth > DEEPEST + 2 or self.values > 2 * MOST_VALUES:
            raise yaml.composer.ComposerError(
                None,
                None,
                "it is nested too deep or holds too many values",
                self.peek_event().start_mark,
            )
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Hashable, Any]:
        """Make a mapping, each key of which stands once."""
        seen: set[str] = set()
        for key, _ in getattr(node, "value", ()):
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key.value!r} stands twice", key.start_mark
                )
            seen.add(str(key.value))
        return super().construct_mapping(node, deep)
