"""Training of speech recognition networks with the CTC loss."""
