"""Substrate: do different vision networks come to see alike?"""

__version__ = "0.1.0"
