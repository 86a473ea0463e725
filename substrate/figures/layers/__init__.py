"""Figures of distances along the depth."""
