"""Draw the page again when the browser changes between light and dark.

Streamlit recolours its own parts then, and runs no page: charts, which state their colours
themselves, would keep those of the other theme.
"""

from __future__ import annotations

import streamlit as st

#: Asks for one run per switch. The server says what it has drawn; what the window shows is read
#: as Streamlit reads it, by whether its background is dark.
_SCRIPT = """
const shown = () => {
  const app = document.querySelector('[data-testid="stApp"]');
  const [r, g, b] = getComputedStyle(app).backgroundColor.match(/[\\d.]+/g).map(Number);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b < 128 ? "dark" : "light";
};
export default function ({data, parentElement, setTriggerValue}) {
  let asked = data.drawn, waiting = 0;
  const look = () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => {
      const now = shown();
      if (now === asked) return;
      asked = now;
      setTriggerValue("switched", now);
    }, 150);
  };
  const observer = new MutationObserver(look);
  const app = document.querySelector('[data-testid="stApp"]');
  observer.observe(app, {attributes: true, attributeFilter: ["class", "style"]});
  const media = window.matchMedia("(prefers-color-scheme: dark)");
  media.addEventListener("change", look);
  look();
  return () => {
    clearTimeout(waiting);
    observer.disconnect();
    media.removeEventListener("change", look);
  };
}
"""


def watch_theme(drawn: str) -> None:
    """Place what asks for another run once the window is no longer in the theme ``drawn``."""
    component = st.components.v2.component("substrate.theme", js=_SCRIPT)
    component(key="theme-watch", data={"drawn": drawn}, on_switched_change=lambda: None, height=0)
