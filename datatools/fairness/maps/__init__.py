"""Where around the face does a model err, and for whom?"""
