"""Wav2Vec2 as the workbench sees it: fine-tuning in stages, and checkpoints that predict."""
