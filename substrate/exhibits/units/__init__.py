"""What is said of units of two layers."""
