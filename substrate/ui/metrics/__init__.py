"""Controls of the metrics."""
