"""What held-out agreement shows and says."""
