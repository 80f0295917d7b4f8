"""How sure is a number: resampling, intervals, tests, power?"""
