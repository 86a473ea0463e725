"""How does each encoder see one image: where does it lie, and next to which others?"""
