"""For whom does it work worse, and how sure are we?"""
