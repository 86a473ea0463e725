"""Which directions do encoders share, and what do they look like?"""

import streamlit as st

from substrate.exhibits.directions import words as text
from substrate.figures.directions.heatmap import (
    PAPER,
    cosine_heatmap,
    paper_scale_refusal,
)
from substrate.figures.directions.spectra import (
    eigenspectra,
    principal_angles,
)
from substrate.ui import (
    pickers as choices,
)
from substrate.ui import (
    session,
)
from substrate.ui.charts import show
from substrate.ui.directions import address, cards, maps, tables
from substrate.ui.directions import controls as view
from substrate.ui.directions.points import points_section
from substrate.ui.layout import wrapping_columns
from substrate.ui.opening import given, open_page
from substrate.ui.samples import require_samples

st.title("Which directions do encoders share, and what do they look like?")
selection = open_page("directions")
run, theme = selection.run, session.theme()
opening = st.container()
choice = given(view.choose(selection))
require_samples(run, (choice.domain, choice.second_domain))
found = view.shown(run, choice)


def spectra() -> None:
    """Show how variance is spread, and how much the leading subspaces share."""
    left, right = wrapping_columns("directions-spectra-row", [1, 1])
    with left:
        spectra = view.spectra(run, choice)
        if spectra:
            show(
                eigenspectra(spectra, theme), key="directions-spectra",
                table=tables.spectra(spectra), run=run, trace=tables.spectra_trace(spectra),
                read="Open marks are eigenvalues closer to a neighbour than their sampling error "
                "(dotted line below): there a single direction is arbitrary. Vertical lines are "
                "effective ranks with their 95 % interval.",
            )  # fmt: skip
    with right:
        angles = view.angles(run, choice)
        if angles is not None:
            show(
                principal_angles(angles, theme), key="directions-angles", run=run,
                table=text.angles_table(angles), trace=tables.angles_trace(angles),
                read=f"{text.angles_sentence(angles)} The subspaces are spanned by the leading K "
                "directions, whatever their order.",
            )  # fmt: skip


def panel(found: view.Shown) -> tuple[int, int]:
    """Show every cell; return the one that is chosen."""
    for key, read in (
        ("directions-heatmap", address.clicked_cell),
        ("directions-cells", lambda s: tables.clicked(found.panel, s)),
    ):
        news = choices.news(key)
        if news and (clicked := read(news)):
            selection.put({address.CELL: address.cell_text(clicked)})
    asked = address.read_cell(selection[address.CELL], found.panel.values.shape)
    cell = asked or text.lead_cell(found.panel)
    refusal = paper_scale_refusal(found.panel) if choice.scale == PAPER else ""
    if refusal:
        st.info(refusal, icon=":material/info:")
    left, right = wrapping_columns("directions-panel-row", [3, 2])
    table = text.panel_table(found.panel)
    with left:
        show(
            cosine_heatmap(found.panel, theme, scale=choice.scale, chosen=cell),
            key="directions-heatmap", table=table, run=run, select=("points",),
            trace=view.trace(run, choice, found.panel),
            read="Each cell compares one direction of A (rows) with one of B (columns), strongest "
            f"first. {text.dots(found.panel)}; hatched cells belong to directions that do not "
            "come back in other samples. Click a cell for its cards.",
        )  # fmt: skip
    with right:
        tables.cells(table, found.panel, cell)
    return cell


def both_cards(found: view.Shown, cell: tuple[int, int]) -> None:
    """Show both directions of the chosen cell side by side, and the pinned one."""
    st.subheader(tables.heading(found.panel, cell), anchor=False)
    st.caption(tables.cell_caption(found.panel, cell))
    rows = maps.choose_image(selection, found.a, found.b, cell)
    asked = []
    columns = wrapping_columns("directions-card-row", [1, 1])
    sides = zip(columns, (found.a, found.b), cell, rows, "ab", strict=True)
    for index, (column, basis, direction, row, key) in enumerate(sides):
        with column:
            name = f"{key.upper()}: {run.encoders[basis.encoder].title}"
            key = f"directions-card-{key}"
            place = cards.card(selection, basis, direction, theme, key=key, name=name, index=index)
        asked.append(maps.Asked(place, basis, direction, row, key))
    cards.pinned_card(selection, choice.scaling, theme)
    maps.maps(run, asked, theme)


if found is not None:
    sentence, context = tables.sentences(run, choice, found.panel)
    opening.markdown(f"##### {sentence}")
    opening.markdown(context)
    chosen = panel(found)
    both_cards(found, chosen)
spectra()
if found is not None:  # last, as a plane by UMAP takes a while the first time
    st.subheader("The samples", anchor=False)
    points_section(selection, choice, found, chosen, theme)
