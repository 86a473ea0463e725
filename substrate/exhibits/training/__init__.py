"""What agreement along training shows and says."""
