"""From hidden states to an answer (`answers`), and the network whole (`network`)."""
