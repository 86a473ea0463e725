"""Figures of long experiments."""
