"""Which network is trained? One student a file; its ``build`` gives its ``Architecture``."""
