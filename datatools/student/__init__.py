"""How is the small network built, trained and loaded?"""
