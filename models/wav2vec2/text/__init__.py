"""Decoding of CTC logits: the tokenizer, and text with the times of its words."""
