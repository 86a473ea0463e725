"""Figures of maps between encoders."""
