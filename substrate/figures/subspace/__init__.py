"""Figures of panels across domains."""
