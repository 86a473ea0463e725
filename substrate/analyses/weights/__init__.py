"""Weights: which filters layers are made of, and what stands out of the noise of their channels."""
