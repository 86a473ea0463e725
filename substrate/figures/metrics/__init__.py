"""Figures of every metric for one pair."""
