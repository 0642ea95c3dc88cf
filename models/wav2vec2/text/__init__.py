"""CTC: its loss, its vocabulary, and text with the times of its words."""
