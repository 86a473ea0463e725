"""The Maps page's own controls."""
