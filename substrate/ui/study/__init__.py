"""The study's form and its jobs."""
