"""What the Theory page shows."""

from __future__ import annotations

VIEWS = CURVES, MAP, FEATURES, NEEDED = (
    "Alignment and error",
    "Map",
    "Real features",
    "How many images",
)
