"""Which bounds does an audit have to keep, and does it?"""
