"""What maps between encoders show and say."""
