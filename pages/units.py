"""Which units are the same?"""

import streamlit as st

from substrate.analyses.units.choice import UNPAIRED
from substrate.exhibits.units.section import QUESTION
from substrate.ui import session
from substrate.ui.opening import given, open_page
from substrate.ui.samples import require_samples
from substrate.ui.units import controls as view
from substrate.ui.units import views
from substrate.ui.units.reading import ready

st.title(QUESTION)
selection = open_page("units")
theme = session.theme(selection.run)
opening = st.container()
place = given(view.choose(selection))
require_samples(selection.run, (place.domain,))
if selection["units.view"] in UNPAIRED or ready(selection, place):
    views.VIEWS[selection["units.view"]](selection, place, theme, opening)
