"""How do pictures come from an address, or out of archives, into a folder that readers read?"""
