"""An image of one's own before the detector: dropped, seen by every encoder, and placed."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError

import numpy as np
import streamlit as st
from jaxtyping import UInt8
from PIL import Image

from substrate.analyses.detector.accuracy import DetectorParams
from substrate.analyses.detector.image import (
    DETECTION,
    DetectionParams,
    DetectionResult,
    image_key,
)
from substrate.analyses.detector.support import DETECTOR_SUPPORT, SupportResult
from substrate.exhibits.detector import exhibits, words
from substrate.exhibits.exhibit import domain_titles
from substrate.figures.theme import Theme
from substrate.gallery.archive import RESULTS_ONLY
from substrate.gallery.shown import is_shipped
from substrate.runs import Run
from substrate.store import StoreError
from substrate.ui.charts import show_beside
from substrate.ui.contact_sheet import show_sheet
from substrate.ui.literal import literal
from substrate.ui.results import PATIENCE_S, result
from substrate.ui.samples import sample_table, thumbnails_of
from substrate.ui.selection import Selection
from substrate.ui.session import resident
from substrate.wording import unbroken
from substrate.worker import image_features, image_name

SIDE = 96


def show_image(selection: Selection, params: DetectorParams, theme: Theme) -> None:
    """Let the viewer drop an image and show what the detector says of it."""
    run = selection.run
    st.subheader(words.OWN_IMAGE)
    if not run.pictured(*run.domains):
        st.info(words.NO_NETWORKS)
        return
    if is_shipped(run):
        st.info(RESULTS_ONLY)
        return
    dropped = st.file_uploader(
        "Drop an image: PNG, JPEG, WebP, GIF, BMP, TIFF or PPM",
        key="transfer-upload",
        width=560,
        help="It stays on this machine. Each encoder of the run looks at it once; what they make "
        "of it is kept in the store.",
    )
    if dropped is not None:
        _receive(selection, dropped.name, dropped.getvalue())
    name = selection["transfer.image"]
    picture = _picture(run, name) if name else None
    if picture is None:
        return
    image = DetectionParams(**vars(params), image=name)
    detection = result(DETECTION, run, image, what="where the image belongs")
    if detection is not None:
        known = result(DETECTOR_SUPPORT, run, params, what="how often known images are refused")
        _verdict(run, detection, picture, theme, known)


def _receive(selection: Selection, name: str, data: bytes) -> None:
    """Have the worker look at a newly dropped image, and put its name into the address."""
    run = selection.run
    image = image_name(data)
    if st.session_state.get("transfer-image-refused") == image:
        st.warning(
            literal(st.session_state["transfer-image-problem"]), icon=":material/broken_image:"
        )
        return
    if st.session_state.get("transfer-image-received") == image:
        return
    problem = "" if _known(run, image) else _look(run, image, name, data)
    if problem:
        selection.put({"transfer.image": ""})
        st.session_state["transfer-image-refused"] = image
        st.session_state["transfer-image-problem"] = problem
        st.warning(literal(problem), icon=":material/broken_image:")
        return
    st.session_state["transfer-image-received"] = image
    selection.put({"transfer.image": image})


def _look(run: Run, image: str, name: str, data: bytes) -> str:
    """Return "" once every encoder has seen the image, else one sentence why not."""
    question = f"image {run.run_id} {image}"
    try:
        with st.spinner("Showing it to every encoder…"):
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


def _verdict(
    run: Run,
    detection: DetectionResult,
    picture: UInt8[np.ndarray, "s s 3"],
    theme: Theme,
    known: SupportResult | None,
) -> None:
    titles = domain_titles(run)
    probabilities = exhibits.probabilities(detection, theme, titles, known)
    st.markdown(f"**{unbroken(probabilities.sentence)}**")
    st.caption(probabilities.context)
    _neighbours(run, detection, picture, theme)
    show_beside(run, probabilities, exhibits.image_scores(detection, theme, titles))


def _neighbours(
    run: Run, detection: DetectionResult, picture: UInt8[np.ndarray, "s s 3"], theme: Theme
) -> None:
    pictures, captions = [_sized(picture)], ["your image\n"]
    for (domain, row), distance in zip(detection.nearest, detection.distances, strict=True):
        pictures.append(_sized(thumbnails_of(run, domain)[row]))
        label = sample_table(run, domain)["label"].iloc[row]
        captions.append(f"{distance:.2f}" + f" · {label}" * bool(label) + f"\n{domain}")
    show_sheet(np.stack(pictures), captions, theme, columns=7, alt=words.NEIGHBOURS)
    st.caption(words.NEIGHBOURS)


def _sized(picture: UInt8[np.ndarray, "s s 3"]) -> UInt8[np.ndarray, "96 96 3"]:
    """Bring a thumbnail to one size with the others; small ones keep their pixels."""
    filtering = Image.Resampling.NEAREST if len(picture) <= SIDE // 2 else Image.Resampling.BICUBIC
    return np.asarray(
        Image.fromarray(np.ascontiguousarray(picture)).resize((SIDE, SIDE), filtering)
    )
