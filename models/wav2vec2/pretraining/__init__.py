"""Learning from audio without labels."""
