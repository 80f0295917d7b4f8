"""What is in a workspace, and what goes on in it? Counted and looked at, nothing is changed."""
