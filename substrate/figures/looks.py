"""How each encoder looks: one colour, marker and title, on every page, in every report and file.

The hue tells the family of the architecture, the marker the objective, an open marker a further
seed or width of a recipe; where two would still look alike, one is darker.
"""

from __future__ import annotations

import colorsys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

#: Hues in degrees of families, in the order in which they are given to those not named here;
#: the first five are Okabe and Ito's. Violet is left to untrained twins.
HUES: tuple[tuple[str, float], ...] = (
    ("resnet", 202.0),
    ("vgg", 41.0),
    ("vision_transformer", 164.0),
    ("convnext", 15.0),
    ("swin_transformer", 327.0),
    ("mlp_mixer", 75.0),
    ("efficientnet", 115.0),
    ("densenet", 228.0),
    ("inception", 300.0),
)
#: Markers and dashes of objectives; others follow in the order in which they come.
MARKS: tuple[tuple[str, str, str], ...] = (
    ("supervised", "circle", "solid"),
    ("contrastive", "square", "dash"),
    ("masked", "diamond", "dot"),
    ("self-distilled", "triangle-up", "dashdot"),
    ("rotation", "pentagon", "longdash"),
    ("autoencoding", "cross", "longdashdot"),
    ("random labels", "x", "dot"),
    ("", "hexagon", "dash"),
)
#: Contrast of an encoder's colour to a light and to a dark page, and of the next ones of its
#: family; WCAG asks for 3 of graphics and 4.5 of text.
CONTRASTS = {"light": (4.6, 8.5, 3.2, 6.2, 12.0), "dark": (8.0, 12.5, 5.0, 10.0, 3.6)}
SATURATION = {"light": 0.85, "dark": 0.75}
#: Luminance of the pages, as WCAG defines it.
PAGES = {"light": 1.0, "dark": 0.0068}
SHADES = 5
#: Names by which one family goes in cards, in timm and in studies.
SAME = {"vit": "vision_transformer", "swin": "swin_transformer", "mixer": "mlp_mixer"}


class Titled(Protocol):
    """What has a readable name."""

    @property
    def title(self) -> str:
        """Readable name."""


class Described(Titled, Protocol):
    """What a look follows from; every encoder's record has it."""

    @property
    def family(self) -> str:
        """Kind of architecture."""

    @property
    def paradigm(self) -> str:
        """What it learnt from."""

    @property
    def recipe(self) -> str:
        """What it shares with its copies."""


@dataclass(frozen=True)
class Look:
    """Colour, marker and title of one encoder; ``dash`` is that of its lines."""

    title: str
    colour: str
    marker: str
    dash: str


def looks(encoders: Mapping[str, Described], page: str = "light") -> dict[str, Look]:
    """Return each encoder's look on a light or a dark page, no two of them alike.

    It depends on the encoders of the run in their order, never on which of them a figure shows.
    """
    hues = _given([e.family for e in encoders.values()], dict(HUES))
    marks = of_objective(e.paradigm for e in encoders.values())
    used: set[tuple[float, str, float]] = set()
    recipes: set[str] = set()
    objectives: dict[float, list[str]] = {}
    by_name = {}
    for name, encoder in encoders.items():
        marker, dash = marks[encoder.paradigm]
        if encoder.recipe and encoder.recipe in recipes:
            marker += "-open"
        recipes.add(encoder.recipe)
        hue = hues[encoder.family]
        family = objectives.setdefault(hue, [])
        if encoder.paradigm not in family:
            family.append(encoder.paradigm)
        start = family.index(encoder.paradigm)
        shades = [CONTRASTS[page][(start + i) % SHADES] for i in range(SHADES)]
        shade = next((s for s in shades if (hue, marker, s) not in used), shades[0])
        used.add((hue, marker, shade))
        by_name[name] = Look(encoder.title, _colour(hue, shade, page), marker, dash)
    return by_name


def of_objective(paradigms: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Return the marker and the dash of each objective, the same wherever it is drawn."""
    given = _given(list(paradigms), {name: (m, d) for name, m, d in MARKS if name})
    return {name: (str(m), str(d)) for name, (m, d) in given.items()}


def apart(chosen: Sequence[Look], ink: str) -> list[Look]:
    """Return looks of which no two are alike: one that comes again is in ``ink``, with dashes."""
    return [
        replace(look, colour=ink, dash="dash" if look.dash == "solid" else "solid")
        if look in chosen[:place]
        else look
        for place, look in enumerate(chosen)
    ]


def hollow(marker: str) -> str:
    """Return the open form of a marker; one that is open has a dot in its middle."""
    return f"{marker}-dot" if marker.endswith("-open") else f"{marker}-open"


def _given(names: Iterable[str], fixed: Mapping[str, object]) -> dict:
    """Give each name its fixed value, or one of those that no present name has."""
    present = list(dict.fromkeys(names))
    by_name = {
        name: fixed[SAME.get(name, name)] for name in present if SAME.get(name, name) in fixed
    }
    free = [value for value in fixed.values() if value not in by_name.values()]
    every = list(fixed.values())
    for index, name in enumerate(n for n in present if n not in by_name):
        by_name[name] = free[index] if index < len(free) else every[index % len(every)]
    return by_name


def _colour(hue: float, contrast: float, page: str) -> str:
    """Return the colour of a hue that has this contrast to the page."""
    wanted = (
        (PAGES[page] + 0.05) / contrast - 0.05
        if page == "light"
        else (PAGES[page] + 0.05) * contrast - 0.05
    )
    low, high = 0.0, 1.0
    for _ in range(30):  # luminance rises with lightness
        middle = (low + high) / 2
        rgb = colorsys.hls_to_rgb(hue / 360, middle, SATURATION[page])
        low, high = (middle, high) if luminance(rgb) < wanted else (low, middle)
    red, green, blue = colorsys.hls_to_rgb(hue / 360, low, SATURATION[page])
    return f"#{round(255 * red):02X}{round(255 * green):02X}{round(255 * blue):02X}"


def luminance(rgb: tuple[float, float, float]) -> float:
    """Return the relative luminance of a colour with parts of 0 to 1 (WCAG 2.2)."""
    parts = [u / 12.92 if u <= 0.04045 else ((u + 0.055) / 1.055) ** 2.4 for u in rgb]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
