"""Decoding of CTC logits: the tokenizer, and words with their times."""
