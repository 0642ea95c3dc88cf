"""Reads and writes Hugging Face checkpoints. Both use the table of tensors in `tensors`."""
