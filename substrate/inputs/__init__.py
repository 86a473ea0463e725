"""What comes from outside: bounded reading of text, the folders that may be read, feature files."""
