"""A contact sheet whose pictures are links: each opens its image in the lens."""

from __future__ import annotations

import contextlib
from base64 import b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from streamlit.errors import StreamlitAPIException

from substrate.ui.samples import sample_table
from substrate.ui.selection import Selection

#: Real links, so that they can be reached by keyboard, copied, and opened in a tab of their own; a
#: plain click stays in the session.
_SCRIPT = """
export default function ({data, parentElement, setTriggerValue}) {
  const sheet = parentElement.querySelector(".linked-sheet");
  const picture = document.createElement("img");
  picture.src = data.sheet;
  picture.alt = data.alt;
  const links = data.links.map((link, place) => {
    const a = document.createElement("a");
    a.href = link.href;
    a.title = link.name;
    a.setAttribute("aria-label", link.name);
    Object.assign(a.style, link.box);
    a.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      setTriggerValue("opened", place);
    });
    return a;
  });
  sheet.replaceChildren(picture, ...links);
}
"""
_STYLE = """
.linked-sheet {position: relative;}
.linked-sheet img {display: block; width: 100%;}
.linked-sheet a {position: absolute; border-radius: 2px;}
.linked-sheet a:hover {outline: 2px solid var(--st-primary-color);}
"""


@dataclass(frozen=True, eq=False)
class Opens:
    """Which images stand on a sheet, as (domain, row); ``key`` names the sheet on its page.

    Where ``own`` names an image of one's own, that one stands before the others.
    """

    selection: Selection
    images: Sequence[tuple[str, int]]
    key: str
    own: str = ""

    @classmethod
    def of(cls, selection: Selection, domain: str, rows: Iterable[int], key: str) -> Opens:
        """Return what opens images of one domain."""
        return cls(selection, [(domain, int(row)) for row in rows], key)

    def addresses(self) -> list[dict[str, list[str]]]:
        """Return the lens's whole address for each image."""
        bases, run = {}, self.selection.run
        for domain in {domain for domain, _ in self.images}:
            changes = {"domain": domain, "lens.own": "", "lens.image": ""}
            bases[domain] = self.selection.link("lens", changes)
        names = {domain: sample_table(run, domain)["sample_id"] for domain in bases}
        first = [self.selection.link("lens", {"lens.own": self.own})] if self.own else []
        return first + [
            {**bases[domain], "lens.image": [str(names[domain].iloc[row])]}
            for domain, row in self.images
        ]


def linked_sheet(sheet: bytes, alt: str, boxes: Sequence[dict[str, str]], opens: Opens) -> None:
    """Place a sheet as a picture with a link on each of its pictures.

    ``boxes`` are the places of the pictures on the sheet: left, top, width and height in per cent.
    """
    addresses = opens.addresses()
    links = [
        {
            "href": f"lens?{urlencode(address, doseq=True)}",
            "name": f"{_name(address)}: open in the lens",
            "box": box,
        }
        for address, box in zip(addresses, boxes, strict=True)
    ]
    data = {"sheet": f"data:image/jpeg;base64,{b64encode(sheet).decode()}", "alt": alt}
    opened = _component()(
        key=f"{opens.key}-sheet", data={**data, "links": links}, on_opened_change=lambda: None
    ).opened
    if isinstance(opened, int) and 0 <= opened < len(addresses):
        _open(opens.selection, addresses[opened])


def _open(selection: Selection, address: dict[str, list[str]]) -> None:
    """Go to the lens; on the page itself its values change."""
    if selection.page.key == "lens":
        changes = {name: address[name][0] for name in ("domain", "lens.image", "lens.own")}
        selection.put(changes, again=True)
    with contextlib.suppress(StreamlitAPIException):  # a page that runs outside the app
        st.switch_page("pages/lens.py", query_params=address)


def _name(address: dict[str, list[str]]) -> str:
    return "Your image" if address["lens.own"][0] else address["lens.image"][0]


def _component() -> Any:
    return st.components.v2.component(
        "substrate.sheet",
        html='<div class="linked-sheet"></div>',
        css=_STYLE,
        js=_SCRIPT,
        isolate_styles=False,
    )
