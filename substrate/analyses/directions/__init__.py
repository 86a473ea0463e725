"""Which principal direction of one encoder is which of another?"""
