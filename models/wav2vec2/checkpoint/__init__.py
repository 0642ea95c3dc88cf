"""Hugging Face's checkpoints, read and written by one table, `tensors`."""
