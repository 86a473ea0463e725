"""The report's style sheet and the few lines of script that draw its figures."""

from __future__ import annotations

from substrate.exhibits import verdict_html
from substrate.figures.theme import Theme

_CSS = """
:root { --paper: PAPER; --ink: INK; --muted: MUTED; --grid: GRID; --accent: ACCENT; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.55 Inter, "Helvetica Neue", Helvetica, Arial, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 32px 24px 96px; }
h1 { font-size: 30px; margin: 0 0 4px; line-height: 1.2; }
h2 { font-size: 23px; margin: 56px 0 12px; padding-top: 12px;
  border-top: 2px solid var(--grid); }
h3 { font-size: 16px; margin: 32px 0 4px; color: var(--muted); font-weight: 600; }
p.sentence { font-size: 18px; font-weight: 600; line-height: 1.4; margin: 4px 0 8px; }
.verdict + p.sentence { font-size: 15px; font-weight: 400; }
p.context { margin: 0 0 8px; }
p.figure-title { font-weight: 600; margin: 12px 0 0; }
p.read, p.small, td, th { font-size: 13px; color: var(--muted); }
p.missing { padding: 10px 14px; border-left: 3px solid var(--accent); }
a { color: var(--accent); }
nav ul { list-style: none; padding: 0; columns: 2; margin: 16px 0; }
nav li { margin: 2px 0; }
.figure { width: 100%; overflow-x: auto; }
.figure:empty { min-height: 420px; }
details { margin: 4px 0 12px; }
summary { cursor: pointer; color: var(--muted); font-size: 13px; }
pre { overflow-x: auto; font-size: 12px; padding: 12px; border: 1px solid var(--grid);
  border-radius: 6px; }
.shown { overflow-x: auto; } .shown td { vertical-align: top; font-size: .86em; }
table { border-collapse: collapse; width: 100%; margin: 8px 0; }
td, th { text-align: left; padding: 5px 10px 5px 0; border-bottom: 1px solid var(--grid);
  vertical-align: top; }
th { color: var(--ink); }
@media print { .figure { break-inside: avoid; } details { display: none; } }
"""

#: Figures are drawn when they come into view, so that a long report opens at once. Without a
#: view to come into (printing, old browsers), all are drawn.
SCRIPT = """
const drawn = new Set();
function draw(place) {
  if (drawn.has(place)) { return; }
  drawn.add(place);
  const figure = JSON.parse(document.getElementById(place.dataset.figure).textContent);
  Plotly.newPlot(place, figure.data, figure.layout, {displaylogo: false, responsive: true})
    .then(() => figure.frames && Plotly.addFrames(place, figure.frames));
}
const places = document.querySelectorAll(".figure");
if ("IntersectionObserver" in window) {
  const watch = new IntersectionObserver(
    (entries) => entries.filter((e) => e.isIntersecting).forEach((e) => draw(e.target)),
    {rootMargin: "600px"});
  places.forEach((place) => watch.observe(place));
} else { places.forEach(draw); }
window.addEventListener("beforeprint", () => places.forEach(draw));
"""


def css(theme: Theme) -> str:
    """Return the style sheet in a theme's colours."""
    colours = {
        "PAPER": theme.paper,
        "INK": theme.ink,
        "MUTED": theme.muted,
        "GRID": theme.grid,
        "ACCENT": theme.accent,
    }
    text = _CSS
    for name, value in colours.items():
        text = text.replace(name, value)
    return text + verdict_html.STYLE
