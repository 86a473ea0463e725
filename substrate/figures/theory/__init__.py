"""Figures of the Theory page."""
