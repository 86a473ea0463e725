"""Results of long experiments, read from their files."""
