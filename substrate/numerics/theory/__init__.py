"""Theory: how far noise and the number of samples alone explain that two students agree."""
