"""What two encoders share, on the page."""
