"""Scores of feature files: what the commands `score` and `transfer` compute."""
