"""What is said of weights: filters, layers beside each other, spectra."""
