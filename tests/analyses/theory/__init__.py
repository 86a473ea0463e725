"""Analyses of theory."""
