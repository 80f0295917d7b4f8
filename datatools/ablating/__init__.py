"""How are the arms of an ablation trained and scored? The verb that does it is datatools/ablate.py."""
