"""Small figures of what was found, for the Home page and for the end of a run."""
