"""From hidden states to an answer, and the network whole."""
