"""Which group is each person in?"""
