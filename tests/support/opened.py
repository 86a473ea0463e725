"""A page run on a store, without a browser and without the worker."""

from __future__ import annotations

from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]
#: Modules of pages that ask the resident worker.
_ASKING = ("results", "shared.own_image", "units.cards", "units.controls", "weights.reading")


class Inline:
    """Answers in this process what is asked of the resident worker."""

    def ask(self, _question: object, function: Any, *args: Any) -> Future:
        """Compute at once."""
        future: Future = Future()
        try:
            future.set_result(function(*args))
        except ValueError as error:
            future.set_exception(error)
        return future

    def recycle(self) -> None:
        """Do nothing: there is no process."""


def answer_here(patch: pytest.MonkeyPatch) -> None:
    """Compute in this process what a page would ask of the resident worker."""
    for place in _ASKING:
        patch.setattr(f"substrate.ui.{place}.resident", Inline)


def run_page(patch: pytest.MonkeyPatch, page: str, root: Path, **address: str) -> AppTest:
    """Run a page on a store at an address, with nothing kept of pages before."""
    patch.setenv("SUBSTRATE_STORE", str(root))
    st.cache_resource.clear()
    st.cache_data.clear()
    app = AppTest.from_file(str(ROOT / "pages" / page), default_timeout=120)
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()
