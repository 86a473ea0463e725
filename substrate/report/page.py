"""A run's sections as one HTML page that needs nothing but a browser."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterable, Mapping
from html import escape
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import yaml
from plotly.offline import get_plotlyjs

from substrate import __version__
from substrate.exhibits.exhibit import (
    Exhibit,
    Section,
)
from substrate.exhibits.panel_page import copies_said
from substrate.exhibits.verdict import Badge
from substrate.exhibits.verdict_html import html
from substrate.figures import heading
from substrate.figures.export import csv
from substrate.figures.theme import Theme
from substrate.report.light import packed, with_light_pictures
from substrate.report.methods import bibtex, paragraph
from substrate.report.sources import ALSO, WORKS, Source
from substrate.report.style import SCRIPT, css
from substrate.runs import Run
from substrate.wording import number

#: Findings on the first page.
FINDINGS = 3
#: What a verdict's badge says where nothing was tested: another figure of the question leads.
UNTESTED = (Badge.FEW, Badge.NO_INTERVAL, Badge.DESCRIBED)
_PACKAGES = ("numpy", "scipy", "torch", "timm", "scikit-image", "scikit-learn", "plotly")


def page(run: Run, sections: Iterable[Section], theme: Theme) -> str:
    """Return the whole page: heading, contents, sections, what was compared, sources."""
    chapters = list(sections)
    name = escape(str(run.study["name"]))
    body = [_heading(run, name), _findings(chapters), _contents(chapters)]
    body += [_section(section) for section in chapters]
    body += [_compared(run), _methods(run), _configuration(run), _sources()]
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{name} – Substrate</title><style>{css(theme)}</style>"
        f"<script>{get_plotlyjs()}</script></head>"
        f"<body><main>{''.join(body)}</main><script>{SCRIPT}</script></body></html>\n"
    )


def _heading(run: Run, name: str) -> str:
    n = sum(domain.n for domain in run.domains.values())
    return (
        f"<h1>{name}</h1>"
        f'<p class="context">{len(run.encoders)} encoders on {len(run.domains)} image domains, '
        f"{n:,} images in all. {escape(_panel(run))} "
        f"Run {escape(run.run_id)}, Substrate {__version__}. Every figure "
        "states its samples, its null and its interval, or the reason why it has none; hover for "
        "numbers, and open the details below it for the data.</p>"
    )


def _panel(run: Run) -> str:
    """Say which encoders are compared as one panel, and why others are not."""
    names = ", ".join(run.encoders[name].title for name in run.panel)
    apart = "; ".join(f"{run.encoders[n].title} ({why})" for n, why in run.left_out.items())
    said = f"Panel: {names}." + (f" Left out of it: {apart}." if apart else "")
    return " ".join(part for part in (said, copies_said(run)) if part)


def _findings(sections: list[Section]) -> str:
    """Return the first page: what the first three questions were answered with.

    Of each the first figure whose verdict was tested, and only where there is none the first.
    """
    answered = [(section, answer) for section in sections if (answer := _answer(section))][
        :FINDINGS
    ]
    if not answered:
        return ""
    items = "".join(
        f"<li><h3>{escape(section.question)}</h3>"
        f"{'' if item.verdict is None else html(item.verdict, 'h4')}"
        f'<p class="sentence"><a href="#at-{key}">{escape(item.sentence)}</a></p></li>'
        for section, (key, item) in answered
    )
    return f'<section class="findings"><h2>What was found</h2><ol>{items}</ol></section>'


def _answer(section: Section) -> tuple[str, Exhibit] | None:
    shown = [
        (f"{section.key}-{i}", item)
        for i, item in enumerate(section.items)
        if item.figure is not None and item.sentence
    ]
    tested = (one for one in shown if one[1].verdict and one[1].verdict.badge not in UNTESTED)
    return next(tested, next(iter(shown), None))


def _methods(run: Run) -> str:
    return (
        '<section id="methods"><h2>Methods, to paste</h2>'
        f'<p class="paste">{escape(paragraph(run))}</p>'
        f"<h3>The works as BibTeX</h3><pre>{escape(bibtex())}</pre></section>"
    )


def _contents(sections: list[Section]) -> str:
    links = [(section.key, section.question) for section in sections]
    links += [
        ("compared", "What was compared"),
        ("methods", "Methods, to paste"),
        ("configuration", "Configuration and versions"),
        ("sources", "Sources"),
    ]
    items = "".join(f'<li><a href="#{key}">{escape(text)}</a></li>' for key, text in links)
    return f"<nav><ul>{items}</ul></nav>"


def _section(section: Section) -> str:
    items = [_item(item, f"{section.key}-{i}") for i, item in enumerate(section.items)]
    return (
        f'<section id="{section.key}"><h2>{escape(section.question)}</h2>{"".join(items)}</section>'
    )


def _item(item: Exhibit, key: str) -> str:
    head = f"<h3>{escape(item.title)}</h3>"
    if item.verdict is not None:
        head += html(item.verdict, "h4")
    if item.figure is None and item.shown is None:
        return f'<article>{head}<p class="missing">{escape(item.sentence)}</p></article>'
    context = f'<p class="context">{escape(item.context)}</p>' if item.context else ""
    shown = "" if item.shown is None else f'<div class="shown">{_table(item.shown)}</div>'
    if item.figure is None:
        return (
            f'<article>{head}<p class="sentence">{escape(item.sentence)}</p>{context}{shown}'
            f"{_details(item, key)}</article>"
        )
    size = f"min-height:{int(item.figure.layout.height or 450)}px"
    if item.figure.layout.width:  # a matrix is as wide as its cells
        size += f";width:{int(item.figure.layout.width)}px"
    elif item.figure.layout.yaxis.scaleanchor:  # square cells need no more width than this
        size += ";max-width:740px"
    return (
        f'<article id="at-{key}">{head}<p class="sentence">{escape(item.sentence)}</p>{context}'
        f'{_heading_of(item.figure)}<div class="figure" style="{size}" data-figure="{key}"></div>'
        f'<script type="application/json" id="{key}">{_json(item.figure)}</script>'
        f'<p class="read">{escape(item.read)}</p>{shown}{_details(item, key)}</article>'
    )


def _heading_of(figure: go.Figure) -> str:
    """Return what stands above a chart: its title, and the facts that it rests on."""
    facts = " · ".join(heading.facts(figure))
    return (
        f'<p class="figure-title">{escape(heading.title(figure))}</p>'
        f'<p class="small">{escape(facts)}</p>'
    )


def _json(figure: go.Figure) -> str:
    """Return a figure as JSON that cannot end the script element that it stands in."""
    return (
        with_light_pictures(str(figure.to_json())).replace("<", "\\u003c").replace(">", "\\u003e")
    )


def _details(item: Exhibit, key: str) -> str:
    facts = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(str(value))}</td></tr>"
        for name, value in item.trace.items()
    )
    link = "" if item.table is None else _download(item.table, item.trace, key)
    if not facts and not link:
        return ""
    return f"<details><summary>Rests on</summary><table>{facts}</table>{link}</details>"


def _download(table: pd.DataFrame, facts: Mapping[str, Any], key: str) -> str:
    """Return a link to the data: a script unpacks them, without one they are saved packed."""
    address = packed(csv(table, facts))
    return f'<p class="small"><a class="csv" download="{key}.csv.gz" href="{address}">CSV</a></p>'


def _compared(run: Run) -> str:
    encoders = pd.DataFrame(
        [
            {
                "encoder": e.title,
                "family": e.family,
                "paradigm": e.paradigm,
                "parameters": "" if e.parameters is None else f"{e.parameters:,}",
                "accuracy": e.accuracy,
                "layers": len(e.layers),
                "weights": e.weights_digest[:12],
                "remark": e.assumed,
            }
            for e in run.encoders.values()
        ]
    )
    domains = pd.DataFrame(
        [
            {
                "domain": d.title,
                "samples": d.caption,
                "skipped": len(d.skipped),
                "digest of the ordered samples": d.samples_digest[:12],
            }
            for d in run.domains.values()
        ]
    )
    return (
        '<section id="compared"><h2>What was compared</h2>'
        f"{_table(encoders)}{_table(domains)}</section>"
    )


def _table(table: pd.DataFrame) -> str:
    """Return a table as HTML, its numbers written as all others are."""
    written = pd.DataFrame({name: _column(table[name]) for name in table}, dtype=object)
    return str(written.to_html(index=False, border=0, escape=True))


def _column(values: pd.Series) -> list[Any]:
    """Write a column: whole numbers as such, others with three decimals, a dash where none is."""
    if not pd.api.types.is_float_dtype(values):
        return ["–" if pd.isna(value) else value for value in values]
    finite = values[np.isfinite(values)]
    digits = 0 if (finite == finite.round()).all() else 3 if finite.abs().max() < 100 else 1
    return [number(value, digits) if np.isfinite(value) else "–" for value in values]


def _configuration(run: Run) -> str:
    study = yaml.safe_dump(
        json.loads(json.dumps(dict(run.study), default=str)), sort_keys=False, allow_unicode=True
    )
    versions = {"substrate": __version__, "python": platform.python_version()}
    versions |= {name: version(name) for name in _PACKAGES}
    extracted = run.record.get("versions", {})
    made_with = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(str(extracted.get(name, '')))}</td>"
        f"<td>{escape(number)}</td></tr>"
        for name, number in versions.items()
    )
    return (
        '<section id="configuration"><h2>Configuration and versions</h2>'
        '<p class="context">The study file. Running it again gives this report again: '
        "<code>python -m substrate report study.yaml --html out.html</code></p>"
        f"<pre>{escape(study)}</pre><table><tr><th>package</th><th>extracted with</th>"
        f"<th>reported with</th></tr>{made_with}</table></section>"
    )


def _sources() -> str:
    def line(source: Source) -> str:
        return (
            f"<li>{escape(source.authors)}. <a href='{source.link}'>{escape(source.title)}</a>. "
            f"{escape(source.where)}. <span class='small'>Used here for "
            f"{escape(source.used_for)}.</span></li>"
        )

    return (
        '<section id="sources"><h2>Sources</h2><p class="context">Figures computed here follow '
        "definitions from these works; published figures are named as such wherever they stand.</p>"
        f"<ol>{''.join(map(line, WORKS))}</ol><p class='context'>Also used:</p>"
        f"<ul>{''.join(map(line, ALSO))}</ul></section>"
    )
