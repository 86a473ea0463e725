"""What distances along the depth show and say."""
