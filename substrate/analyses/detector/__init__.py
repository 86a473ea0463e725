"""Can the shared directions tell domains apart?"""
