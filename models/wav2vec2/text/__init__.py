"""From logits to text: a checkpoint's vocabulary, and words with their times."""
