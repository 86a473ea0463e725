"""The report's style sheet and the few lines of script that draw its figures."""

from __future__ import annotations

from substrate.exhibits import verdict_html
from substrate.figures import fonts
from substrate.figures.theme import Theme

_CSS = """
:root { --paper: PAPER; --ink: INK; --muted: MUTED; --grid: GRID; --accent: ACCENT; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.55 FAMILY; }
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
.findings ol { padding-left: 22px; } .findings li { margin: 14px 0; }
.findings a { color: var(--ink); text-decoration-color: var(--accent); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
@page { size: A4; margin: 12mm; }
@media print {
  main { max-width: none; padding: 0; }
  .findings { break-after: page; }
  .figure { overflow: visible; }
  .figure, .figure-title, h2, h3, p.sentence { break-inside: avoid; }
  h2, h3, p.sentence, p.figure-title { break-after: avoid; }
  details, nav { display: none; }
  pre { white-space: pre-wrap; overflow: visible; }
  .shown { overflow: visible; } table { table-layout: fixed; } td, th { overflow-wrap: anywhere; }
}
"""

#: Width of a figure on A4 with its margins, in CSS pixels: 186 mm at 96 to the inch.
PRINTED_PX = 700

#: Figures are drawn when they come into view, so that a long report opens at once, the others when
#: the browser has nothing to do. Before printing all are drawn, as wide as the paper, and after it
#: they are as before. `document.documentElement.dataset.drawn` counts them.
SCRIPT = """
const places = [...document.querySelectorAll(".figure")], drawn = new Map();
const options = {displaylogo: false, displayModeBar: false, responsive: true};
function draw(place) {
  if (drawn.has(place)) { return drawn.get(place); }
  const figure = JSON.parse(document.getElementById(place.dataset.figure).textContent);
  if (figure.layout.width > place.clientWidth) { delete figure.layout.width; }
  const done = Plotly.newPlot(place, figure.data, figure.layout, options)
    .then(() => figure.frames && Plotly.addFrames(place, figure.frames))
    .then(() => { document.documentElement.dataset.drawn = ++count; });
  drawn.set(place, done);
  return done;
}
let count = 0;
if ("IntersectionObserver" in window) {
  const watch = new IntersectionObserver(
    (entries) => entries.filter((e) => e.isIntersecting).forEach((e) => draw(e.target)),
    {rootMargin: "600px"});
  places.forEach((place) => watch.observe(place));
}
const rest = [...places];
function next() {
  const place = rest.shift();
  if (place) { draw(place).then(later); }
}
const later = () => (window.requestIdleCallback || ((f) => setTimeout(f, 60)))(next);
document.fonts.ready.then(later);
const before = new Map();
window.addEventListener("beforeprint", () => places.forEach((place) => {
  draw(place);
  const own = place.layout && place.layout.width;
  before.set(place, own);
  if (!own || own > PRINTED) { Plotly.relayout(place, {width: PRINTED}); }
}));
window.addEventListener("afterprint", () => places.forEach((place) => {
  Plotly.relayout(place, {width: before.get(place) || null, autosize: !before.get(place)});
}));
const unpack = async (event) => {
  const link = event.currentTarget;
  if (link.dataset.plain || !("DecompressionStream" in window)) { return; }
  event.preventDefault();
  const packed = await (await fetch(link.href)).blob();
  const text = packed.stream().pipeThrough(new DecompressionStream("gzip"));
  link.href = URL.createObjectURL(await new Response(text).blob());
  link.download = link.download.replace(/[.]gz$/, "");
  link.dataset.plain = "yes";
  link.click();
};
document.querySelectorAll("a.csv").forEach((link) => link.addEventListener("click", unpack));
""".replace("PRINTED", str(PRINTED_PX))


def css(theme: Theme) -> str:
    """Return the style sheet in a theme's colours."""
    colours = {
        "PAPER": theme.paper,
        "INK": theme.ink,
        "MUTED": theme.muted,
        "GRID": theme.grid,
        "ACCENT": theme.accent,
        "FAMILY": fonts.FAMILY,
    }
    text = _CSS
    for name, value in colours.items():
        text = text.replace(name, value)
    return fonts.face() + text + verdict_html.STYLE
