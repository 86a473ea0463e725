"""Weights: what training left in a layer above noise, and how alike two layers are."""
