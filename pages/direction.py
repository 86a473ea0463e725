"""What is one shared direction: its images, its agreement in each encoder, what it follows?"""

import streamlit as st

from substrate.analyses.sharedness.responses import RESPONSES, ResponsesParams
from substrate.exhibits.exhibit import titles
from substrate.exhibits.sharedness import wall as exhibits
from substrate.exhibits.wall_page import DIRECTION_QUESTION
from substrate.ui import session
from substrate.ui.charts import show, show_with_sentence, write_sentence
from substrate.ui.directions.of_shared import show_where
from substrate.ui.layout import wrapping_columns
from substrate.ui.opening import open_page
from substrate.ui.results import result as stored_result
from substrate.ui.shared.panel import choice_of
from substrate.ui.wall import direction as shown
from substrate.ui.wall import note
from substrate.ui.wall.results import wall_or_stop

st.title(DIRECTION_QUESTION)
selection = open_page("direction")
run, theme = selection.run, session.theme(selection.run)
opening = st.container()
result = wall_or_stop(selection)
direction = shown.choose(selection, result)
agreement = exhibits.agreement(result, direction, titles(run), theme)
write_sentence(opening, agreement)
note.show_note(selection, direction)
pictures, charts = wrapping_columns("direction-figures", [13, 10], least_rem=27, gap="small")
with pictures:
    shown.images(selection, result, direction, theme)
with charts:
    show(exhibits.scores(result, direction, theme), run)
    show(agreement, run)
shown.lines(selection, result, direction)
shown.pinned(selection, result, theme)
params = ResponsesParams(**vars(choice_of(selection).sharedness(selection["domain"])))
responses = stored_result(RESPONSES, run, params, what="what the direction follows")
if responses is not None:
    show_with_sentence(exhibits.correlates(responses, result, direction, theme), run)
shared = result.shared
shown.emergence(selection)
best = [shared.encoders[e] for e in shared.correlations[:, direction].argsort()[::-1][:2]]
if run.domains[shared.size.domain].pictured:
    scores = shared.scores[:, direction]
    show_where(selection, best, shared.rows, scores, theme, key="direction-maps-row")
