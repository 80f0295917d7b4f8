"""For whom do data and models work worse? Each sub-package answers one question; the audit asks them all."""
