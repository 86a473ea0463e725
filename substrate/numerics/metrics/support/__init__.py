"""What serves the metrics and is none: checks of features, norms, nulls, batteries, their page."""
