"""How much do encoders share on held-out images?"""
