"""The one selection: what the address names, what the viewer changed, and how both stay the same.

An address is the whole truth: a value that it lacks has its default, whatever was chosen before.
Controls are keyed by the field's name and never bound to the address by Streamlit, which on Back
would leave them at their first option. Each run of a page reads the address or the controls, checks
every value again, and writes the address at most once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from substrate.runs import Run
from substrate.ui.fields import Field, FieldScope, OneOf, Several, Texts

Address = dict[str, Texts]
_MEMORY = "selection"
#: Beside the selection an address may say that it is shown on a wall, and as which pinned view.
PRESENT = "present"
#: Addresses of a page that a click which is on its way may still carry, the present one included.
IN_FLIGHT = 3
#: A pair is two different encoders: who chooses the other one changes their places.
_MIRRORED = {
    "first": "second",
    "second": "first",
    "first_layer": "second_layer",
    "second_layer": "first_layer",
}


def _no_link(*_args: Any, **_words: Any) -> dict[str, list[str]]:
    return {}


def _nothing(_values: Mapping[str, Any]) -> tuple[str, ...]:
    return ()


@dataclass(frozen=True)
class Page:
    """A page's own fields; ``unused`` names shared ones that its present view does not read."""

    key: str
    icon: str
    fields: tuple[Field, ...]
    unused: Callable[[Mapping[str, Any]], tuple[str, ...]] = _nothing
    shows_run: bool = True


@dataclass
class Memory:
    """What a session keeps: the address of each page, and what its controls showed last.

    ``recent`` ends with the address that is shown. The ones before it may still come with a click
    that was on its way when the page wrote a newer one, or with a rerun that an interrupted run of
    the script asked for: Streamlit gives it the query of that run.
    """

    page: str = ""
    recent: list[Address] = field(default_factory=list)
    shared: Address = field(default_factory=dict)
    own: dict[str, Address] = field(default_factory=dict)
    drawn: Address = field(default_factory=dict)

    @property
    def written(self) -> Address:
        """Return the address that the page shows."""
        return self.recent[-1] if self.recent else {}


def memory() -> Memory:
    """Return the session's memory, or an empty one."""
    if _MEMORY not in st.session_state:
        st.session_state[_MEMORY] = Memory()
    return st.session_state[_MEMORY]


def resolve(
    fields: Iterable[Field], address: Mapping[str, Texts], run: Run | None
) -> tuple[dict[str, Any], list[Field]]:
    """Return the value of every field, checked again, and the fields that had to be replaced."""
    values: dict[str, Any] = {}
    replaced = []
    for one in fields:
        scope, texts = FieldScope(run, values), one.texts(address)
        value = None if texts is None else one.kind.read(texts, scope)
        if value is None:
            replaced += [one] if texts is not None else []
            value = one.kind.standard(scope)
        values[one.name] = value
    return values, replaced


def encode(fields: Iterable[Field], values: Mapping[str, Any]) -> Address:
    """Return the address that holds every value, defaults included."""
    return {one.name: one.kind.write(values[one.name]) for one in fields}


def moved(
    fields: Sequence[Field], values: Mapping[str, Any], old: Run | None, new: Run | None
) -> Address:
    """Return what of a selection goes over to another run: what was chosen and exists there.

    A value at the old run's default takes the new run's default.
    """
    chosen = {
        one.name: one.kind.write(values[one.name])
        for one in fields
        if values[one.name] != one.kind.standard(FieldScope(old, values))
    }
    there, lost = resolve(fields, chosen, new)
    gone = {one.name for one in lost}
    for one in fields:
        if isinstance(one.kind, Several) and one.name in chosen:
            gone |= {one.name} if one.kind.write(there[one.name]) != chosen[one.name] else set()
    return {name: texts for name, texts in chosen.items() if name not in gone}


def mirrored(address: Mapping[str, Texts], edits: Address) -> Address:
    """Return the edits; where one encoder of the pair became the other, both change places."""
    for name in ("first", "second"):
        other = _MIRRORED[name]
        if name in edits and other not in edits and edits[name] == address.get(other):
            swapped = {b: address[a] for a, b in _MIRRORED.items() if a in address and a != other}
            return {**swapped, other: address[name], **edits}
    return edits


def incoming() -> Address:
    """Return the address as it arrived with this run of the script."""
    query = st.query_params
    return {name: tuple(query.get_all(name)) for name in query if name != PRESENT}


def by_history() -> bool:
    """Say whether the viewer pressed Back or Forward."""
    return bool(getattr(get_script_run_ctx(), "is_history_navigation", False))


def edits(fields: Iterable[Field], state: Memory) -> Address:
    """Return what the viewer changed in the controls since they were last drawn."""
    changes = {}
    for one in fields:
        value = st.session_state.get(one.name)
        if one.name in state.drawn and value is not None:
            texts = one.kind.write(value)
            if texts != state.drawn[one.name]:
                changes[one.name] = texts
    return changes


class Selection(Mapping[str, Any]):
    """The values of the shared fields and of one page's own, by their names in the address."""

    def __init__(
        self, page: Page, fields: Sequence[Field], run: Run | None, values: dict[str, Any]
    ) -> None:
        self.page, self.fields, self.opened, self._values = page, tuple(fields), run, values
        self.by_name = {one.name: one for one in fields}
        self.replaced: list[Field] = []
        self.navigated = False
        self.placed: set[str] = set()
        self.row: Any = None
        self.link: Callable[..., dict[str, list[str]]] = _no_link

    @property
    def run(self) -> Run:
        """Return the open run; pages that show none have no use for it."""
        assert self.opened is not None, f"the {self.page.key} page shows no run"
        return self.opened

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def options(self, name: str) -> Sequence[str]:
        """Return what a field may be, in this run and beside the other values."""
        kind = self.by_name[name].kind
        assert isinstance(kind, OneOf | Several), f"{name} has no options"
        return tuple(kind.options(FieldScope(self.opened, self._values)))

    def written(self, name: str, option: str) -> str:
        """Return how an option of a field is written for the reader."""
        return self.by_name[name].shown(FieldScope(self.opened, self._values), option)

    def put(self, changes: Mapping[str, Any], *, again: bool = False) -> None:
        """Change values, as a click on a chart does; the address follows at once.

        The page is run again where ``again`` asks for it or a control already shows the old value.
        """
        fresh = {name: self.by_name[name].kind.write(value) for name, value in changes.items()}
        address = encode(self.fields, self._values)
        self._values, _ = resolve(self.fields, {**address, **mirrored(address, fresh)}, self.opened)
        self.write()
        if again or self.placed & set(changes):
            st.rerun()

    def settle(self, name: str, options: Sequence[str]) -> str:
        """Check a value against options that are known only now; the first is the default.

        An empty value stands for the first and stays in the address: a link with it is one step of
        the history. Any other that is no option is replaced there as well, and the page says so
        where it came with the address.
        """
        return self.settle_text(name, there=self[name] in options, default=next(iter(options), ""))

    def settle_text(self, name: str, *, there: bool, default: str = "") -> str:
        """Do so where the page itself has found out whether what a text names is there."""
        if not there:
            replaced, self._values[name] = self[name], default
            if replaced:
                self.write()
            if replaced and self.navigated:
                st.caption(self.gone([self.by_name[name]]))
        return str(self[name])

    def gone(self, fields: Sequence[Field]) -> str:
        """Say which values of the address could not be had, and stand at their default."""
        labels = ", ".join(dict.fromkeys(field.label for field in fields))
        what = "this run lacks" if self.page.shows_run else "cannot be"
        return f":material/info: The address named what {what}; at default: {labels}."

    def write(self, *, always: bool = False) -> None:
        """Write every value into the address and the session, as one entry of the history."""
        state, address = memory(), encode(self.fields, self._values)
        if always or address != incoming():
            kept = {PRESENT: st.query_params[PRESENT]} if PRESENT in st.query_params else {}
            written = {name: list(texts) for name, texts in address.items()}
            st.query_params.from_dict({**written, **kept})
        if address != state.written:
            state.recent = [*state.recent[1 - IN_FLIGHT :], address]
        mine = {one.name for one in self.page.fields}
        state.own[self.page.key] = {n: t for n, t in address.items() if n in mine}
        if self.page.shows_run:
            state.shared = {n: t for n, t in address.items() if n not in mine}
