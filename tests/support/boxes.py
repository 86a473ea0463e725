"""Measure the text boxes of charts on a page: which overlap, and which are cut."""

#: Returns a sentence per fault. A turned text is measured along its own lines, by its four corners;
#: two may touch by as much as a line's own air, which letters do not fill.
FAULTS = r"""
(root) => {
  const AIR = 0.22, faults = [];
  const corners = (text) => {
    const box = text.getBBox(), to = text.getScreenCTM();
    const h = parseFloat(getComputedStyle(text).fontSize) * AIR;
    const at = (x, y) => ({x: to.a * x + to.c * y + to.e, y: to.b * x + to.d * y + to.f});
    const [l, r] = [box.x + 1, box.x + box.width - 1];
    const [t, b] = [box.y + h, box.y + box.height - h];
    return [at(l, t), at(r, t), at(r, b), at(l, b)];
  };
  const apart = (p, q) => {
    for (const shape of [p, q]) {
      for (let i = 0; i < 2; i++) {
        const a = shape[i], b = shape[i + 1];
        const nx = b.y - a.y, ny = a.x - b.x;
        const along = (s) => s.map((c) => nx * c.x + ny * c.y);
        const [u, v] = [along(p), along(q)];
        if (Math.max(...u) <= Math.min(...v) || Math.max(...v) <= Math.min(...u)) return true;
      }
    }
    return false;
  };
  for (const chart of (root || document).querySelectorAll(".js-plotly-plot")) {
    const frame = chart.querySelector(".svg-container").getBoundingClientRect();
    if (!frame.width) continue;
    const name = chart.dataset.name || chart.closest("[data-figure]")?.dataset.figure
      || [...(chart.closest('[class*="st-key-"]')?.classList || [])].find((c) => /^st-key-/.test(c))
      || "a chart";
    const texts = [...chart.querySelectorAll("svg text")].filter((text) => {
      const style = getComputedStyle(text);
      return text.textContent.trim() && style.visibility !== "hidden" && style.display !== "none"
        && +style.opacity > 0 && text.getBBox().width > 0 && !text.closest(".hoverlayer")
        && !text.closest('[style*="display: none"]') && !text.closest('[style*="opacity: 0"]');
    }).map((text) => ({said: text.textContent.trim(), at: corners(text)}));
    for (const {said, at} of texts) {
      const [x, y] = [at.map((c) => c.x), at.map((c) => c.y)];
      const over = Math.max(frame.left - Math.min(...x), Math.max(...x) - frame.right,
        frame.top - Math.min(...y), Math.max(...y) - frame.bottom);
      if (over > 1) faults.push(`${name}: "${said}" is cut by ${Math.round(over)} px`);
    }
    for (let i = 0; i < texts.length; i++) {
      for (let j = i + 1; j < texts.length; j++) {
        if (!apart(texts[i].at, texts[j].at)) {
          faults.push(`${name}: "${texts[i].said}" overlaps "${texts[j].said}"`);
        }
      }
    }
  }
  return faults;
}
"""

#: Draws every figure of a report as wide as it would be in a place of so many pixels, as pages do.
DRAW_ALL = r"""
async (width) => {
  for (const place of document.querySelectorAll("[data-figure]")) {
    const figure = JSON.parse(document.getElementById(place.dataset.figure).textContent);
    const own = Math.min(figure.layout.width || width, width);
    place.style.width = place.style.maxWidth = own + "px";
    await Plotly.newPlot(place, figure.data, {...figure.layout, width: own});
    place.dataset.name = place.dataset.figure + " at " + width;
  }
  await document.fonts.ready;
}
"""
