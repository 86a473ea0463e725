"""Which encoder suits which domain, and which domain is an image from?"""

import streamlit as st

from substrate.ui import session
from substrate.ui import transfer_view as view
from substrate.ui.detector_view import show_detector
from substrate.ui.low_shot_view import show_low_shot
from substrate.ui.samples import require_samples

st.title("Which encoder suits which domain?")
run, theme = session.require_run(), session.theme()
opening = st.container()
require_samples(run, run.domains)
SHOW = {
    view.ENCODERS: view.show_encoders,
    view.DETECTOR: show_detector,
    view.LOW_SHOT: show_low_shot,
}
SHOW[view.choose_view()](run, theme, opening)
