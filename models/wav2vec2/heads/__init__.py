"""Heads on the hidden states (`answers`), and the complete network (`network`)."""
