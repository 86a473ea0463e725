"""The logarithmic axis of training steps."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go


def step_positions(steps: np.ndarray) -> np.ndarray:
    """Return where steps lie on a logarithmic axis; step 0 stands one gap before the first."""
    positions = steps.astype(float)
    if len(steps) > 2 and steps[0] == 0:
        positions[0] = steps[1] ** 2 / steps[2]
    return np.log10(positions)


def step_axis(figure: go.Figure, steps: np.ndarray) -> None:
    """Label the horizontal axis with the steps, at their places on a logarithmic scale."""
    at = step_positions(steps)
    figure.update_xaxes(
        title="Training step (logarithmic)",
        tickvals=at,
        ticktext=[f"{s:,}" for s in steps],
        tickangle=-40,
        range=[at[0] - 0.15, at[-1] + 0.15],
    )
