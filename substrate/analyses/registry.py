"""Every analysis by its key."""

from __future__ import annotations

from substrate.analyses.spec import Analysis

ANALYSES: dict[str, Analysis] = {}
