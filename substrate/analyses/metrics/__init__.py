"""Every metric for one pair of layers."""
