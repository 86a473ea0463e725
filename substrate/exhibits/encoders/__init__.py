"""What two encoders share and where they disagree, as exhibits."""
