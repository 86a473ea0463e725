"""Figures of transfer scores and few labels."""
