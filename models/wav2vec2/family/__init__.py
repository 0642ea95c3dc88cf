"""Wav2Vec2 as the workbench sees it: fine-tuning, and checkpoints that predict."""
