"""An image of one's own: dropped on a page, seen by every encoder in the resident worker, kept."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError

import numpy as np
import streamlit as st
from jaxtyping import UInt8

from substrate.analyses.shared.own_image import image_key
from substrate.runs import Run
from substrate.store import StoreError
from substrate.ui.literal import literal
from substrate.ui.results import PATIENCE_S
from substrate.ui.selection import Selection
from substrate.ui.session import resident
from substrate.worker import image_features, image_name

FORMATS = "PNG, JPEG, WebP, GIF, BMP, TIFF or PPM"


def drop_image(selection: Selection, field: str) -> UInt8[np.ndarray, "s s 3"] | None:
    """Let the viewer drop an image, and return the picture of the one that the address names.

    ``field`` holds the image's name (the start of its SHA-256) in the selection. Without an image
    the page has said why, where there is a reason.
    """
    page = selection.page.key
    dropped = st.file_uploader(
        f"Drop an image: {FORMATS}",
        key=f"{page}-upload",
        width=560,
        help="It stays on this machine. Each encoder of the run looks at it once; what they make "
        "of it is kept in the store.",
    )
    if dropped is not None:
        _receive(selection, field, dropped.name, dropped.getvalue())
    return _picture(selection.run, selection[field]) if selection[field] else None


def _receive(selection: Selection, field: str, name: str, data: bytes) -> None:
    """Have the worker look at a newly dropped image, and put its name into the address."""
    run, page, state = selection.run, selection.page.key, st.session_state
    image = image_name(data)
    if state.get(f"{page}-image-refused") == image:
        st.warning(literal(state[f"{page}-image-problem"]), icon=":material/broken_image:")
        return
    if state.get(f"{page}-image-received") == image:
        return
    problem = "" if _known(run, image) else _look(run, image, name, data)
    if problem:
        selection.put({field: ""})
        state[f"{page}-image-refused"] = image
        state[f"{page}-image-problem"] = problem
        st.warning(literal(problem), icon=":material/broken_image:")
        return
    state[f"{page}-image-received"] = image
    selection.put({field: image})


def _look(run: Run, image: str, name: str, data: bytes) -> str:
    """Return "" once every encoder has seen the image, else one sentence why not."""
    question = f"image {run.run_id} {image}"
    try:
        with st.spinner("Showing it to every encoder…", show_time=True):
            answer = resident().ask(question, image_features, str(run.store.root), run.run_id, data)
            answer.result(timeout=PATIENCE_S)
    except FutureTimeoutError:
        return "The encoders are still looking at it; drop it again in a minute."
    except BrokenExecutor:
        resident().recycle()
        return "The worker stopped while looking at the image. Drop it again."
    except (ValueError, OSError) as error:
        return f"{name} cannot be used: {str(error).rstrip('.')}."
    return ""


def _known(run: Run, image: str) -> bool:
    try:
        return run.store.get(image_key(run, image)) is not None
    except StoreError:
        return False


def _picture(run: Run, image: str) -> UInt8[np.ndarray, "s s 3"] | None:
    try:
        entry = run.store.get(image_key(run, image))
    except StoreError as error:
        st.info(f"{literal(error)} Drop the image again.")
        return None
    if entry is None:
        st.info("The image that the address names is not in the store; drop it to see it.")
        return None
    return entry.array("picture")
