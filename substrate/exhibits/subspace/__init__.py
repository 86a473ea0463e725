"""What panels across domains show and say."""
