"""What the Home page places: findings as cards, and the way to a run of one's own."""
