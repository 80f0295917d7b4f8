"""How does one typed result become a page people read?"""
