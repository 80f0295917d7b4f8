"""How many people settle a gap?"""
