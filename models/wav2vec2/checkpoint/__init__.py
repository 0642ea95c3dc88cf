"""Reads and writes Hugging Face's checkpoints. `tensors` is the table for both."""
