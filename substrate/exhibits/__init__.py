"""Exhibits: figures with what they say, shared by page, report and board."""
