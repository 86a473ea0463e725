"""Transfer scores and few labels on the page."""
