"""Heads on top of the hidden states (`answers`), and the complete network (`network`)."""
