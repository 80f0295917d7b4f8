"""Why is there a gap, and when does a model fail?"""
