"""Long experiments on the page."""
