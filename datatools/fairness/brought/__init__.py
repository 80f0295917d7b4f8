"""How are results that somebody else made audited?"""
