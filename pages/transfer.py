"""Which encoder suits which domain, and which domain is an image from?"""

import streamlit as st

from substrate.exhibits.transfer.section import QUESTION
from substrate.ui import controls, session
from substrate.ui.controls import TWO_AT_LEAST
from substrate.ui.detector.accuracy import show_detector
from substrate.ui.opening import open_page
from substrate.ui.samples import require_samples
from substrate.ui.transfer import encoders as view
from substrate.ui.transfer.low_shot import show_low_shot

st.title(QUESTION)
selection = open_page("transfer")
theme = session.theme(selection.run)
opening = st.container()
require_samples(selection.run, selection.run.domains)
SHOW = {
    view.ENCODERS: view.show_encoders,
    view.DETECTOR: show_detector,
    view.LOW_SHOT: show_low_shot,
}
controls.views(selection, "transfer.view")
if len(selection["panel"]) < 2:
    st.info(f"Encoders are compared here; {TWO_AT_LEAST}")
    st.stop()
SHOW[selection["transfer.view"]](selection, theme, opening)
