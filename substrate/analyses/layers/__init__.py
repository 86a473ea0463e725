"""Where along the depth do encoders diverge?"""
