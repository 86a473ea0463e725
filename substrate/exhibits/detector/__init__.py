"""What the domain detector shows and says."""
