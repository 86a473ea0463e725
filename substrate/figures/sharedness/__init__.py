"""Figures of what encoders share on held-out images."""
