"""Do scores of features predict what a probe reaches?"""
