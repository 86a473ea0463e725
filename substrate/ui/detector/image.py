"""An image of one's own before the detector: dropped, seen by every encoder, and placed."""

from __future__ import annotations

import numpy as np
import streamlit as st
from jaxtyping import UInt8
from PIL import Image

from substrate.analyses.detector.accuracy import DetectorParams
from substrate.analyses.detector.image import DETECTION, DetectionParams, DetectionResult
from substrate.analyses.detector.support import DETECTOR_SUPPORT, SupportResult
from substrate.exhibits.detector import exhibits, words
from substrate.exhibits.exhibit import domain_titles
from substrate.figures.theme import Theme
from substrate.gallery.archive import RESULTS_ONLY
from substrate.gallery.shown import is_shipped
from substrate.ui.charts import show_beside
from substrate.ui.contact_sheet import show_sheet
from substrate.ui.results import result
from substrate.ui.samples import sample_table, thumbnails_of
from substrate.ui.selection import Selection
from substrate.ui.shared.linked_sheet import Opens
from substrate.ui.shared.own_image import drop_image
from substrate.wording import unbroken

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
    picture = drop_image(selection, "transfer.image")
    if picture is None:
        return
    image = DetectionParams(**vars(params), image=selection["transfer.image"])
    detection = result(DETECTION, run, image, what="where the image belongs")
    if detection is not None:
        support = result(DETECTOR_SUPPORT, run, params, what="how often known images are refused")
        _verdict(selection, detection, picture, theme, support)


def _verdict(
    selection: Selection,
    detection: DetectionResult,
    picture: UInt8[np.ndarray, "s s 3"],
    theme: Theme,
    support: SupportResult | None,
) -> None:
    run, titles = selection.run, domain_titles(selection.run)
    probabilities = exhibits.probabilities(detection, theme, titles, support)
    st.markdown(f"**{unbroken(probabilities.sentence)}**")
    st.caption(probabilities.context)
    _neighbours(selection, detection, picture, theme)
    show_beside(run, probabilities, exhibits.image_scores(detection, theme, titles))


def _neighbours(
    selection: Selection,
    detection: DetectionResult,
    picture: UInt8[np.ndarray, "s s 3"],
    theme: Theme,
) -> None:
    run = selection.run
    pictures, captions = [_sized(picture)], ["your image\n"]
    for (domain, row), distance in zip(detection.nearest, detection.distances, strict=True):
        pictures.append(_sized(thumbnails_of(run, domain)[row]))
        label = sample_table(run, domain)["label"].iloc[row]
        captions.append(f"{distance:.2f}" + f" · {label}" * bool(label) + f"\n{domain}")
    opens = Opens(selection, detection.nearest, "transfer-nearest", own=selection["transfer.image"])
    show_sheet(np.stack(pictures), captions, theme, columns=7, alt=words.NEIGHBOURS, opens=opens)
    st.caption(words.NEIGHBOURS)


def _sized(picture: UInt8[np.ndarray, "s s 3"]) -> UInt8[np.ndarray, "96 96 3"]:
    """Bring a thumbnail to one size with the others; small ones keep their pixels."""
    filtering = Image.Resampling.NEAREST if len(picture) <= SIDE // 2 else Image.Resampling.BICUBIC
    return np.asarray(
        Image.fromarray(np.ascontiguousarray(picture)).resize((SIDE, SIDE), filtering)
    )
