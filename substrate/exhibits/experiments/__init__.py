"""What long experiments show and say."""
