"""Files that harm: what each is, and what must come of it."""
