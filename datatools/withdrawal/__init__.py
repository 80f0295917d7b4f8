"""How does a person leave a workspace, whole and for good?"""
