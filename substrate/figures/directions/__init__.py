"""Figures of principal directions and their matches."""
