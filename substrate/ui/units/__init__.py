"""The Units page: what is read side by side, its views, and single units."""
