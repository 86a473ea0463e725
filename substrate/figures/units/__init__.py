"""Figures of units of two layers."""
