"""How good is a mask that nobody has drawn by hand? Predicted from what can be seen without that hand."""
