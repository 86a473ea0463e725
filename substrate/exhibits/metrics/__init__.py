"""What the metrics of a pair show and say."""
