"""How stable are a panel's leading directions from one domain to another?"""
