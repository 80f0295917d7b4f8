"""How does this program come to FiftyOne and to its database, and what is said when it does not?

The one way in, for the browser, for data sets that are read out of FiftyOne and for models of its zoo.
"""
