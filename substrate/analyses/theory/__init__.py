"""How much alignment does noise alone explain, on the features of a study?"""
