"""The image itself, large, and where it belongs."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor
from concurrent.futures import TimeoutError as FutureTimeoutError

import numpy as np
import streamlit as st
from jaxtyping import UInt8
from PIL import Image

from substrate.analyses.detector.accuracy import detector_params, most_components
from substrate.analyses.detector.image import DETECTION, DetectionParams
from substrate.analyses.detector.support import DETECTOR_SUPPORT
from substrate.domains.pictures import THUMBNAIL
from substrate.exhibits.detector import exhibits as detector
from substrate.exhibits.exhibit import domain_titles
from substrate.exhibits.lens import words
from substrate.figures.theme import Theme
from substrate.runs import Run
from substrate.store import StoreError
from substrate.ui.lens.choose import Shown
from substrate.ui.literal import literal
from substrate.ui.results import result, worker_stopped
from substrate.ui.samples import sample_table, thumbnails_of
from substrate.ui.selection import Selection
from substrate.ui.session import resident
from substrate.wording import unbroken
from substrate.worker import large_picture, picture_key

#: Side of the image on the page, in pixels, and the longest wait for a larger copy, in seconds.
SIDE, PATIENCE_S = 320, 10


def show_card(selection: Selection, shown: Shown, theme: Theme, *, held_out: bool) -> None:
    """Show the image, and of which domain and photograph it is."""
    run, domain = selection.run, selection["domain"]
    picture, reason = shown.picture, ""
    if shown.row is not None:
        picture, reason = _picture(run, domain, shown.row)
    if picture is None or not picture.shape[0]:
        st.caption("There is no image: these features were read from files.")
    else:
        st.image(_enlarged(picture), width=SIDE, alt=shown.name)
    if reason:
        st.caption(literal(reason))
    if shown.row is None:
        _where_from(selection, shown, theme)
        return
    record, table = run.domains[domain], sample_table(run, domain)
    lines = words.belongs(table, shown.row, record.title, record.nouns.group, held_out=held_out)
    st.markdown("\n".join(f"- {literal(line)}" for line in lines))


def _picture(run: Run, domain: str, row: int) -> tuple[UInt8[np.ndarray, "h w 3"], str]:
    """Return an image as large as there is room for, and why it is only small."""
    small = thumbnails_of(run, domain)[row]
    if small.shape[0] < THUMBNAIL or not run.store.writable:
        return small, ""  # a picture below the size of thumbnails is whole
    key = picture_key(run, domain, row)
    try:
        if run.store.get(key) is None:
            asked = resident().ask(key, large_picture, str(run.store.root), run.run_id, domain, row)
            asked.result(timeout=PATIENCE_S)
        entry = run.store.get(key)
    except FutureTimeoutError:
        return small, "Still reading the image; reload the page to see it larger."
    except BrokenExecutor:
        resident().recycle()
        return small, worker_stopped("reading the image")
    except (ValueError, OSError, StoreError) as error:
        return small, f"The image is shown small: {str(error).rstrip('.')}."
    return (small, "") if entry is None else (entry.array("picture"), "")


def _enlarged(picture: UInt8[np.ndarray, "h w 3"]) -> Image.Image:
    """Return a picture at twice the size on the page; one of few pixels keeps them square."""
    image = Image.fromarray(np.ascontiguousarray(picture))
    scale = 2 * SIDE / max(image.size)
    how = Image.Resampling.NEAREST if scale >= 4 else Image.Resampling.BICUBIC
    return image.resize((round(image.width * scale), round(image.height * scale)), how)


def _where_from(selection: Selection, shown: Shown, theme: Theme) -> None:
    """Say which domain an image of one's own is from, or that it is none of these."""
    run = selection.run
    if len(run.domains) < 2:
        st.caption("Where it is from is told among domains; this run has one.")
        return
    most = most_components(run, selection["panel"], tuple(run.domains))
    fit = detector_params(run, min(selection["k"], most), encoders=selection["panel"])
    image = DetectionParams(**vars(fit), image=shown.own)
    detection = result(DETECTION, run, image, what="where the image belongs")
    if detection is None:
        return
    support = result(DETECTOR_SUPPORT, run, fit, what="how often known images are refused")
    exhibit = detector.probabilities(detection, theme, domain_titles(run), support)
    st.markdown(f"**{unbroken(literal(exhibit.sentence))}**")
    if exhibit.context:
        st.caption(unbroken(literal(exhibit.context)))
