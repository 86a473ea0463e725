"""The Weights page: its views, and the filter that is open."""
