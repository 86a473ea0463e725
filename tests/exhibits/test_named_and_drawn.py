"""Encoders have their titles and their looks in every exhibit; slugs stand in addresses alone."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from substrate import wording
from substrate.exhibits.exhibit import Exhibit
from substrate.figures.looks import Look
from substrate.report import themed

#: What stands in addresses, and in what a click or a legend passes on.
UNSEEN = ("customdata", "legendgroup", "uid", "source", "bdata")
#: "few" is a word as well as a domain.
SLUG = re.compile(
    r"(?<![\w/-])(?:(?:alpha|beta|gamma|delta|resnet|vgg|simclr|vit|mae)(?![\w-])|rich(?![\w/-]))"
)
#: Letters of formulas.
FORMULA = re.compile(r"\b(?:alpha =|gamma \d)")
#: Figures whose colour says something else of an encoder than which it is.
OTHERWISE = ("-family", "-objective", "-depth")


@pytest.fixture
def run(recorded):
    return recorded[0]


@pytest.fixture
def exhibits(recorded) -> list[Exhibit]:
    return [item for section in recorded[1].values() for item in section.items]


def seen(value: Any, unseen: tuple[str, ...] = UNSEEN) -> Iterator[str]:
    """Yield every text of a figure that a viewer may read."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            if key not in unseen:
                yield from seen(inner, unseen)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from seen(inner, unseen)


#: Formats, colours, and paths of shapes: no numbers that one reads as such.
FORMATS = ("tickformat", "hoverformat", "color", "fillcolor", "colorscale", "path", "family")
MINUS_ZERO = re.compile("[-\u2212]0(?:[.]0+)?(?![.\\d])")
UNDEFINED = re.compile(r"\b(?:nan|NaN|None(?! of)|inf)\b")
#: Columns and figures that cite formulas.
FORMULAS = ("metrics-definitions",)


def written_otherwise(text: str) -> str:
    """Return what is wrong in how a text's numbers are written, nothing where all is well."""
    plain = re.sub(r"%\{[^}]*\}", "", text)
    if wording.figures_written(plain) != plain:
        return "a bare point or a hyphen for a minus"
    if MINUS_ZERO.search(plain):
        return "minus zero"
    return "undefined" if UNDEFINED.search(plain) else ""


def test_numbers_are_written_in_one_way(exhibits):
    found = {
        f"{exhibit.key}: {wrong}: {text[:160]}"
        for exhibit in exhibits
        if exhibit.key not in FORMULAS
        for text in texts(exhibit, unseen=(*UNSEEN, *FORMATS))
        if not text.startswith("data:") and (wrong := written_otherwise(text))
    }
    assert not found, "\n".join(sorted(found))


@pytest.mark.parametrize("text", ["r = .27", "by -0.3", "\u22120.00", "-0", "p nan", "None"])
def test_the_search_finds_numbers_that_are_written_otherwise(text):
    assert written_otherwise(text)
    assert not written_otherwise("0.68 (95 % CI [\u22120.10, 0.90]) of CIFAR-10, %{x:.2f}, 10^-2.6")


def texts(exhibit: Exhibit, unseen: tuple[str, ...] = UNSEEN) -> Iterator[str]:
    yield from (exhibit.title, exhibit.sentence, exhibit.context, exhibit.read)
    if exhibit.verdict is not None:
        yield exhibit.verdict.short
    if exhibit.figure is not None:
        drawn = json.loads(exhibit.figure.to_json())
        drawn["layout"].pop("template", None)
        yield from seen(drawn, unseen)
    if exhibit.shown is not None:
        yield from map(str, exhibit.shown.columns)
        yield from (cell for cell in exhibit.shown.to_numpy().ravel() if isinstance(cell, str))


def test_no_slug_of_an_encoder_or_a_domain_is_read(exhibits):
    found = {
        f"{exhibit.key}: …{text[max(0, one.start() - 40) : one.end() + 40]}…"
        for exhibit in exhibits
        for text in texts(exhibit)
        if not text.startswith("data:") and (one := SLUG.search(FORMULA.sub("", text)))
    }
    assert not found, "\n".join(sorted(found))


def test_the_search_finds_slugs_and_passes_titles_ids_and_layers():
    assert SLUG.search("alpha · 3") and SLUG.search("vit/penultimate on rich")
    for text in ("Alpha · 3", "rich/0007", "ViT", "alpha-helix", "Rich images"):
        assert not SLUG.search(text)


def marks(trace: Any) -> tuple[set[str], set[str]]:
    """Return the colours and the markers of a trace, open forms as what they are forms of."""
    colours, symbols = set(), set()
    for part in (trace.marker, getattr(trace, "line", None)):
        colour = getattr(part, "color", None)
        colours |= {colour} if isinstance(colour, str) else set(colour or ())
    symbol = getattr(trace.marker, "symbol", None)
    symbols |= {symbol} if isinstance(symbol, str) else set(symbol or ())
    return colours, {one.replace("-open", "").replace("-dot", "") for one in symbols}


def test_what_is_named_by_an_encoders_title_has_its_colour_and_its_marker(run, exhibits):
    known: dict[str, Look] = {look.title: look for look in themed(run).looks.values()}
    wrong, drawn = set(), set()
    for exhibit in exhibits:
        if exhibit.figure is None or exhibit.key.endswith(OTHERWISE):
            continue
        for trace in exhibit.figure.select_traces(selector={"type": "scatter"}):
            look = known.get((trace.name or "").replace("<br>", " "))
            if look is None:
                continue
            drawn.add((exhibit.key, look.title))
            colours, symbols = marks(trace)
            if not colours <= {look.colour}:
                wrong.add(f"{exhibit.key}, {look.title}: {colours}, not {look.colour}")
            if not symbols <= {look.marker.replace("-open", "")}:
                wrong.add(f"{exhibit.key}, {look.title}: {symbols}, not {look.marker}")
    assert not wrong, "\n".join(sorted(wrong))
    assert len(drawn) > 40, "hardly anything is named by an encoder's title"


def test_rows_that_are_encoders_have_their_marks(run, exhibits):
    """One trace of marks over rows named by titles: each mark is its row's encoder's."""
    known = {look.title: look for look in themed(run).looks.values()}
    checked = 0
    for key in ("experiments-modality-rows", "experiments-polarisation-encoders"):
        figure = next(e.figure for e in exhibits if e.key == key)
        titles = [str(text).replace("<br>", " ") for text in figure.layout.yaxis.ticktext]
        for trace in figure.data:
            if isinstance(trace.marker.color, str) or trace.marker.color is None:
                continue
            for row, colour, symbol in zip(
                trace.y, trace.marker.color, trace.marker.symbol, strict=True
            ):
                if look := known.get(titles[int(row)]):
                    assert (colour, symbol) == (look.colour, look.marker)
                    checked += 1
    assert checked


def test_controls_have_colours_that_no_encoder_has(run):
    for name in ("light", "dark"):
        theme = themed(run, name)
        taken = {look.colour.upper() for look in theme.looks.values()}
        own = {theme.untrained, theme.ceiling, theme.accent, theme.ink, theme.muted}
        assert not taken & {colour.upper() for colour in own}
