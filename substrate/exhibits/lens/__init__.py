"""What is said and shown of one image."""
