"""Controls of theory."""
