"""When along training does agreement emerge?"""
