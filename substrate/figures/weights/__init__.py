"""Figures of weights: filters as pictures, layers beside each other, spectra."""
