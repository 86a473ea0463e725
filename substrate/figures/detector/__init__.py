"""Figures of the domain detector."""
