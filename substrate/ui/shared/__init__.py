"""What pages of all questions share: pinned views, and how they are presented."""
