"""Trained networks that are changed afterwards."""
