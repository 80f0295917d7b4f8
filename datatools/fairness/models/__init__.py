"""Which of several models is better, and for whom?"""
