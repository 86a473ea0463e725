"""How well does one encoder predict another?"""
