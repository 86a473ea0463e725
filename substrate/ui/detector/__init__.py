"""The domain detector on the page."""
