"""How does a person look through a workspace where no server can run? As a folder that any browser opens.

The same facts under the same names as in FiftyOne: a page with the facts, and beside it a small picture and
a small file of overlays for each sample.
"""
