"""What principal directions show and say."""
