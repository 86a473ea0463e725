"""Controls and cards of panels across domains."""
