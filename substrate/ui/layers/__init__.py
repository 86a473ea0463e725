"""Controls and cards of layers."""
