"""How is a person asked about pictures where there is no server and no network?

One folder: a page, the pictures under their sample ids, and the outlines of the masks under review. The
page works by keyboard, keeps each answer in the browser at once and saves a file that
``annotate import --sheet FILE`` reads.
"""
