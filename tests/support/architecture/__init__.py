"""The rules of docs/architecture: who may import whom, and what is never called."""
