"""Who is in the data?"""
