"""Figures of what two encoders share and where they disagree."""
