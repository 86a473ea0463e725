"""Figures of agreement along training."""
