"""Checkpoints of other libraries on disk: where they lie and how their tensors are stored."""
