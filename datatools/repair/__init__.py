"""Which half-done states are there in a workspace, and how is each mended?

A module finds troubles of one kind; each says what is wrong, what mends it, and does so when asked. Mending
twice is mending once, so that a repair that was killed is done again. What cannot be made again (answers,
broken tables, torn records) is set aside, never deleted; what a stage makes again is taken away, so that the
stage makes it.
"""
