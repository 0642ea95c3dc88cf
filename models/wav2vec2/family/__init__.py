"""Wav2Vec2 in the workbench: fine-tuning, pretraining, and prediction with checkpoints."""
