"""One-file reports."""
